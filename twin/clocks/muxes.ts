/**
 * What each kernel clock selector chooses, by its value; `""` stands for no clock.
 *
 * @see RM0477, RCC kernel clock distribution; values as in the crate stm32-metapac 21
 */
export const MUXES: Readonly<Record<string, readonly string[]>> = {
  "AHBPERCKSELR.FMCSEL": ["HCLK5", "PLL1_Q", "PLL2_R", "HSI"],
  "AHBPERCKSELR.SDMMCSEL": ["PLL2_S", "PLL2_T"],
  "AHBPERCKSELR.XSPI1SEL": ["HCLK5", "PLL2_S", "PLL2_T", "PLL2_T"],
  "AHBPERCKSELR.XSPI2SEL": ["HCLK5", "PLL2_S", "PLL2_T", "PLL2_T"],
  "AHBPERCKSELR.USBPHYCSEL": ["HSE", "HSE_DIV_2", "PLL3_Q", ""],
  "AHBPERCKSELR.USB_OTG_FSSEL": ["HSI48", "PLL3_Q", "HSE", "CLK48MOHCI"],
  "AHBPERCKSELR.ADFSEL": ["HCLK1", "PLL2_P", "PLL3_P", "", "CSI", "HSI"],
  "AHBPERCKSELR.ADCSEL": ["PLL2_P", "PLL3_R", "PER"],
  "AHBPERCKSELR.PSSISEL": ["PLL3_R", "PER"],
  "AHBPERCKSELR.PERSEL": ["HSI", "CSI", "HSE"],
  "APB1PERCKSELR.USART234578SEL": ["PCLK1", "PLL2_Q", "PLL3_Q", "HSI", "CSI", "LSE"],
  "APB1PERCKSELR.SPI23SEL": ["PLL1_Q", "PLL2_P", "PLL3_P", "", "PER"],
  "APB1PERCKSELR.I2C23SEL": ["PCLK1", "PLL3_R", "HSI", "CSI"],
  "APB1PERCKSELR.I2C1_I3C1SEL": ["PCLK1", "PLL3_R", "HSI", "CSI"],
  "APB1PERCKSELR.LPTIM1SEL": ["PCLK1", "PLL2_P", "PLL3_R", "LSE", "LSI", "PER"],
  "APB1PERCKSELR.FDCANSEL": ["HSE", "PLL1_Q", "PLL2_P"],
  "APB1PERCKSELR.SPDIFRXSEL": ["PLL1_Q", "PLL2_R", "PLL3_R", "HSI"],
  "APB1PERCKSELR.CECSEL": ["LSE", "LSI", "CSI"],
  "APB2PERCKSELR.USART1SEL": ["PCLK2", "PLL2_Q", "PLL3_Q", "HSI", "CSI", "LSE"],
  "APB2PERCKSELR.SPI45SEL": ["PCLK2", "PLL2_Q", "PLL3_Q", "HSI", "CSI", "HSE"],
  "APB2PERCKSELR.SPI1SEL": ["PLL1_Q", "PLL2_P", "PLL3_P", "", "PER"],
  "APB2PERCKSELR.SAI1SEL": ["PLL1_Q", "PLL2_P", "PLL3_P", "", "PER"],
  "APB2PERCKSELR.SAI2SEL": ["PLL1_Q", "PLL2_P", "PLL3_P", "", "PER"],
  "APB45PERCKSELR.LPUART1SEL": ["PCLK4", "PLL2_Q", "PLL3_Q", "HSI", "CSI", "LSE"],
  "APB45PERCKSELR.SPI6SEL": ["PCLK4", "PLL2_Q", "PLL3_Q", "HSI", "CSI", "HSE"],
  "APB45PERCKSELR.LPTIM23SEL": ["PCLK4", "PLL2_P", "PLL3_R", "LSE", "LSI", "PER"],
  "APB45PERCKSELR.LPTIM45SEL": ["PCLK4", "PLL2_P", "PLL3_R", "LSE", "LSI", "PER"],
  "BDCR.RTCSEL": ["", "LSE", "LSI", "HSE"],
  "CFGR.MCO1SEL": ["HSI", "LSE", "HSE", "PLL1_Q", "HSI48"],
  "CFGR.MCO2SEL": ["SYS", "PLL2_P", "HSE", "PLL1_P", "CSI", "LSI"],
  "CFGR.SW": ["HSI", "CSI", "HSE", "PLL1_P"],
  "PLLCKSELR.PLLSRC": ["HSI", "CSI", "HSE", ""],
};

/** Frequencies in MHz that USBREFCKSEL tells the PHY, by its value. */
export const USB_REFERENCE_MHZ: Readonly<Record<number, number>> = {
  3: 16,
  8: 19.2,
  9: 20,
  10: 24,
  11: 32,
  14: 26,
};

import type { BlockRules, Rule } from "../peripheral.ts";
import { RCC_H7RS_RCC } from "../registers/rcc_h7rs_rcc.ts";

const READ_ONLY = [
  "CR.HSIRDY",
  "CR.HSIDIVF",
  "CR.CSIRDY",
  "CR.HSI48RDY",
  "CR.HSERDY",
  "CR.PLLRDY",
  "HSICFGR.HSICAL",
  "CRRCR",
  "CSICFGR.CSICAL",
  "CFGR.SWS",
  "CIFR",
  "BDCR.LSERDY",
  "BDCR.LSECSSD",
  "CSR.LSIRDY",
  "CKPROTR.XSPI1SWP",
  "CKPROTR.XSPI2SWP",
  "CKPROTR.FMCSWP",
  "RSR.OBLRSTF",
  "RSR.BORRSTF",
  "RSR.PINRSTF",
  "RSR.PORRSTF",
  "RSR.SFTRSTF",
  "RSR.IWDGRSTF",
  "RSR.WWDGRSTF",
  "RSR.LPWRRSTF",
];

/** All bits that some field of a register names: the low-power enables are set after a reset. */
function all(register: keyof typeof RCC_H7RS_RCC): number {
  const fields: readonly (readonly [number, number])[] = Object.values(
    RCC_H7RS_RCC[register].fields,
  ) as never;
  return fields.reduce((bits, [bit]) => bits | 1 << bit, 0);
}

/** Reset values and access rules of the RCC. @see RM0477, RCC registers */
export const RCC_RULES: BlockRules = {
  resets: {
    CR: 0x0000_0025,
    HSICFGR: 0x4000_0000,
    CSICFGR: 0x2000_0000,
    PLLCKSELR: 0x0202_0200,
    PLLDIVR: 0x0101_0280,
    PLLDIVR2: 0x0000_0101,
    AHBPERCKSELR: 0x0000_0a00,
    BDCR: 0x0000_0010,
    CKGDISR: 0x8000_0000 | 0,
    RSR: 0x00e0_0000,
    AHB5LPENR: all("AHB5LPENR"),
    AHB1LPENR: all("AHB1LPENR") & ~(1 << 24),
    AHB2LPENR: all("AHB2LPENR"),
    AHB4LPENR: all("AHB4LPENR"),
    AHB3LPENR: all("AHB3LPENR"),
    APB1LPENR1: all("APB1LPENR1"),
    APB1LPENR2: all("APB1LPENR2"),
    APB2LPENR: all("APB2LPENR"),
    APB4LPENR: all("APB4LPENR"),
    APB5LPENR: all("APB5LPENR"),
  },
  rules: {
    ...Object.fromEntries(READ_ONLY.map((key) => [key, "ro" as Rule])),
    CICR: "trigger",
    "APB1ENR1.WWDGEN": "w1s",
  },
};

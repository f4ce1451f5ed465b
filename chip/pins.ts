/** One of the board's LEDs: lit when its pin is high. */
export interface Led {
  /** Name printed on the board. */
  readonly name: "LD1" | "LD2" | "LD3";
  /** Colour. */
  readonly colour: "green" | "orange" | "red";
  /** GPIO port, as in GPIOD. */
  readonly port: "D" | "B";
  /** Pin in the port. */
  readonly pin: number;
}

/** The user LEDs of the Nucleo. @see UM3276, LEDs */
export const LEDS = [
  { name: "LD1", colour: "green", port: "D", pin: 10 },
  { name: "LD2", colour: "orange", port: "D", pin: 13 },
  { name: "LD3", colour: "red", port: "B", pin: 7 },
] as const satisfies readonly Led[];

/** User button B1, high when pressed. @see UM3276, push-buttons */
export const BUTTON = { port: "C", pin: 13 } as const;

/** XSPI2 pins to the external flash. @see UM3276, octo-SPI memory; alternate functions of the STM32H7S3L8 */
export const XSPI2_PINS = {
  port: "N",
  clock: 6,
  chipSelect: 1,
  dataStrobe: 0,
  data: [2, 3, 4, 5, 8, 9, 10, 11],
} as const;

/** CN2: OTG HS with its internal high-speed PHY. */
export const USB_PINS = { port: "M", dataPlus: 6, dataMinus: 5 } as const;

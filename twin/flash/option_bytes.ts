import { TCM_SHARE_CODES, type TcmSizeKb } from "../../chip/memory.ts";

/**
 * Factory values of the option bytes, by the register that shows them.
 *
 * OBW1SR: watchdog started by software, no reset on Stop and Standby, personalisation done.
 * OBW2SR: ITCM and DTCM 64 KB each. WRPSR: no sector protected. HDPSR: end below start, no area.
 *
 * @see RM0477, FLASH option bytes
 */
export const FACTORY_OPTION_BYTES: Readonly<Record<string, number>> = {
  NVSR: 0xb4,
  ROTSR: 0xb400_0000,
  OTPLSR: 0,
  WRPSR: 0xff,
  HDPSR: 0x0000_01ff,
  EPOCHSR: 0,
  OBW1SR: 0x1006_00d0,
  OBW2SR: 0,
};

/** Sizes in KB of the tightly coupled memories that a value of OBW2SR asks for. */
export function splitOf(obw2sr: number): { itcmKb: TcmSizeKb; dtcmKb: TcmSizeKb } {
  const size = (code: number): TcmSizeKb => {
    for (const kb of [192, 128] as const) if (TCM_SHARE_CODES[kb] === code) return kb;
    return 64;
  };
  return { itcmKb: size(obw2sr & 7), dtcmKb: size(obw2sr >>> 4 & 7) };
}

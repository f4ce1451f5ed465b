import type { BlockRules } from "../../peripheral.ts";

/**
 * Reset values and access rules. RM0477, OTG register map; CID, SNPSID and HWCFGx as read from
 * chips of this family (the core's configuration: release 4.11a, UTMI+ of 8 bits, 8 endpoints
 * besides 0, 952 + 72 FIFO words, internal DMA).
 */
export const OTG_HS_RULES: BlockRules = {
  resets: {
    GOTGCTL: 0x0001_0000,
    GUSBCFG: 0x0000_1400,
    GRSTCTL: 0x8000_0000,
    GRXFSIZ: 0x0000_0400,
    DIEPTXF0: 0x0200_0200,
    HNPTXSTS: 0x0008_0200,
    CID: 0x0000_5000,
    SNPSID: 0x4f54_411a,
    HWCFG2: 0x228f_e052,
    HWCFG3: 0x03b8_82e8,
    HWCFG4: 0xe210_3e30,
    DIEPTXF: 0x0200_0400,
    DCFG: 0x0220_0000,
    DCTL: 0x0000_0002,
    DVBUSDIS: 0x0000_17d7,
    DVBUSPULSE: 0x0000_05b8,
    PCGCCTL: 0x200b_8000,
  },
  rules: {
    "GOTGCTL.SRQSCS": "ro",
    "GOTGCTL.HNGSCS": "ro",
    "GOTGCTL.CIDSTS": "ro",
    "GOTGCTL.DBCT": "ro",
    "GOTGCTL.ASVLD": "ro",
    "GOTGCTL.BSVLD": "ro",
    GOTGINT: "w1c",
    GRSTCTL: "ro",
    "GRSTCTL.TXFNUM": "rw",
    GINTSTS: "ro",
    CID: "rw",
    SNPSID: "ro",
    HWCFG1: "ro",
    HWCFG2: "ro",
    HWCFG3: "ro",
    HWCFG4: "ro",

    "DCTL.GINSTS": "ro",
    "DCTL.GONSTS": "ro",
    "DCTL.SGINAK": "trigger",
    "DCTL.CGINAK": "trigger",
    "DCTL.SGONAK": "trigger",
    "DCTL.CGONAK": "trigger",
  },
};

/** Fields of GCCFG of this core version that matter here. RM0477, OTG_GCCFG. */
export const GCCFG = {
  SESSVLD: 1 << 3,
  VBDEN: 1 << 21,
  VBVALOVAL: 1 << 23,
  VBVALOVEN: 1 << 24,
} as const;

/** Registers of host mode, of on-the-go roles and of DMA descriptors: kept, without effect. */
export const HOST_REGISTERS: ReadonlySet<string> = new Set([
  "HPTXFSIZ",
  "HCFG",
  "HFIR",
  "HPTXSTS",
  "HAINTMSK",
  "HFLBADDR",
  "HPRT",
  "HCCHAR",
  "HCSPLT",
  "HCINT",
  "HCINTMSK",
  "HCTSIZ",
  "HCDMA",
  "HCDMAB",
  "GI2CCTL",
  "GPWRDN",
  "ADPCTL",
]);

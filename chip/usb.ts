/** What the device says of itself on USB unless a build says otherwise. */
export const USB_IDENTITY = {
  /** idVendor, u16. */
  vendorId: 0xccde,
  /** idProduct, u16. */
  productId: 0x0000,
  /** iManufacturer. */
  manufacturer: "Code Construct",
  /** iProduct without its version; Linux makes `usb-Code_Construct_usbnvme-0.1_<serial>-if01` of it. */
  productPrefix: "usbnvme",
} as const;

/**
 * Longest string descriptor in UTF-16 units: a 64-byte control buffer less two bytes of header,
 * halved.
 *
 * @see USB 2.0, 9.6.7
 */
export const USB_STRING_LIMIT = 31;

/** MCTP interface class, subclass and protocol. @see DSP0283 1.0.1, USB interface class codes */
export const MCTP_INTERFACE = { class: 0x14, subclass: 0x00, protocol: 0x01 } as const;

/** Subclass of an MCTP interface whose packets span USB packets. @see DSP0283 1.1 */
export const MCTP_SPANNING_SUBCLASS = 0x02;

/** Largest bulk packet at high speed, in bytes. @see USB 2.0, 5.8.3 */
export const HIGH_SPEED_BULK_BYTES = 512;

/** ST-Link on CN5, as sold on this Nucleo. @see UM3276 */
export const ST_LINK = { vendorId: 0x0483, productId: 0x3754 } as const;

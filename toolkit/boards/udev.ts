import { ST_LINK } from "../../chip/debug.ts";

/** Where the rule goes; the number puts it before the rule of systemd that heeds `uaccess`. */
export const UDEV_RULE_FILE = "/etc/udev/rules.d/69-st-link.rules";

/** Gives the udev rule that lets whoever is logged in, and the group plugdev, open ST-Links. */
export function udevRule(): string {
  const hex = (id: number | string) => Number(id).toString(16).padStart(4, "0");
  const products = Object.keys(ST_LINK.productIds).map(hex).join("|");
  return `SUBSYSTEM=="usb", ATTR{idVendor}=="${hex(ST_LINK.vendorId)}", ` +
    `ATTR{idProduct}=="${products}", GROUP="plugdev", MODE="0660", TAG+="uaccess"`;
}

/** Gives the commands that put the rule in force. */
export function udevCommands(): string[] {
  return [
    `echo '${udevRule()}' | sudo tee ${UDEV_RULE_FILE}`,
    "sudo udevadm control --reload && sudo udevadm trigger --subsystem-match=usb",
  ];
}

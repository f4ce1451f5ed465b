import type { FakeUsb } from "./fake_usb.ts";
import type { Said } from "./checkout.ts";

/** Puts the made-up devices where programs look for USB, for itself and its children alone. */
const SCRIPT = `set -e
root=$1; shift
mount -t tmpfs none /sys/bus
cp -r "$root/sys/bus/usb" /sys/bus/usb
mkdir "$root/new"
mount -t tmpfs none "$root/new"
for node in null zero full random urandom tty; do cp -a /dev/$node "$root/new/"; done
mkdir "$root/new/bus"
cp -r "$root/dev/bus/usb" "$root/new/bus/usb"
mkdir "$root/new/pts"
mount --rbind /dev/pts "$root/new/pts"
ln -s pts/ptmx "$root/new/ptmx"
mount --rbind "$root/new" /dev
exec "$@"
`;

/** Says why this process cannot make a mount namespace; `undefined` if it can. */
export function whyNoNamespace(): string | undefined {
  if (Deno.build.os !== "linux" || Deno.uid() !== 0) return "only root can make a mount namespace";
  try {
    const { success } = new Deno.Command("unshare", {
      args: ["-m", "sh", "-c", "mount -t tmpfs none /sys/bus"],
      stderr: "null",
    }).outputSync();
    return success ? undefined : "this machine lets nobody make a mount namespace";
  } catch (error) {
    if (error instanceof Deno.errors.NotFound) return "there is no program unshare";
    throw error;
  }
}

/** Runs a program that sees these devices as the machine's USB. */
export async function withUsb(
  usb: FakeUsb,
  command: readonly string[],
  env: Record<string, string> = {},
): Promise<Said> {
  const { code, stdout, stderr } = await new Deno.Command("unshare", {
    args: ["-m", "sh", "-c", SCRIPT, "sh", usb.root, ...command],
    env: { NO_COLOR: "1", ...env },
    stdin: "null",
  }).output();
  Deno.removeSync(`${usb.root}/new`);
  const text = (bytes: Uint8Array) => new TextDecoder().decode(bytes);
  return { code, out: text(stdout), err: text(stderr) };
}

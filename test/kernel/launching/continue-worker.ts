// Owns: answering every notification with "go on", and the pulse. Only tests may do so: it mediates nothing.

import { workerData } from 'node:worker_threads';
import { E, hostAbi, POLL, pollfd, seccomp } from '../../../kernel-adapters/linux/abi.ts';
import { hostSys } from '../built-adapter.ts';

const { listenerFd, heartbeatFd, beatMs } = workerData as { listenerFd: number; heartbeatFd: number; beatMs: number };
const sys = await hostSys();
const { NR } = hostAbi;
const { notif, resp, ioctl } = seccomp;

const memory = Buffer.alloc(256);
const base = sys.address(memory);
const [RESP, POLLFD, BYTE] = [128, 192, 224];
memory.writeInt32LE(listenerFd, POLLFD + pollfd.fd);
memory.writeInt16LE(POLL.IN, POLLFD + pollfd.events);
memory.write('.', BYTE);

for (;;) {
  sys.call(NR.write, heartbeatFd, base + BYTE, 1);
  const ready = sys.call(NR.ppoll, base + POLLFD, 1, timeout(), 0, 0);
  if (ready === 0 || ready === -E.INTR) continue;
  const events = memory.readInt16LE(POLLFD + pollfd.revents);
  if (!(events & POLL.IN)) break;
  memory.fill(0, 0, notif.size);
  if (sys.call(NR.ioctl, listenerFd, ioctl.NOTIF_RECV, base) < 0) continue;
  memory.fill(0, RESP, RESP + resp.size);
  memory.writeBigUInt64LE(memory.readBigUInt64LE(notif.id), RESP + resp.id);
  memory.writeUInt32LE(seccomp.USER_NOTIF_FLAG_CONTINUE, RESP + resp.flags);
  sys.call(NR.ioctl, listenerFd, ioctl.NOTIF_SEND, base + RESP);
}

/** struct timespec of one beat; the kernel may write to it. */
function timeout(): number {
  memory.writeBigInt64LE(0n, 232);
  memory.writeBigInt64LE(BigInt(beatMs) * 1_000_000n, 240);
  return base + 232;
}

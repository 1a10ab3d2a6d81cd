// Owns: what a seccomp filter says of a call, by running it: a small machine for classic BPF, written from
// linux/filter.h and the kernel's seccomp_check_filter, not from the assembler.

/** struct seccomp_data: arguments are 64 bits wide. */
export interface Call {
  arch: number;
  nr: number;
  args: readonly (number | bigint)[];
}

export function runFilter(program: Uint8Array, { arch, nr, args }: Call): { action: number; data: number } {
  if (program.length % 8 !== 0 || program.length / 8 > 4096) throw new Error('no filter the kernel would take');
  const code = new DataView(program.buffer, program.byteOffset, program.length);
  const data = new DataView(new ArrayBuffer(64));
  data.setUint32(0, nr, true);
  data.setUint32(4, arch, true);
  args.forEach((arg, index) => data.setBigUint64(16 + 8 * index, BigInt.asUintN(64, BigInt(arg)), true));

  let a = 0;
  for (let pc = 0; ; pc++) {
    if (pc * 8 >= program.length) throw new Error('the filter runs over its end');
    const op = code.getUint16(pc * 8, true);
    const jt = code.getUint8(pc * 8 + 2);
    const jf = code.getUint8(pc * 8 + 3);
    const k = code.getUint32(pc * 8 + 4, true);
    switch (op) {
      case 0x20:
        if (k % 4 !== 0 || k >= 64) throw new Error(`a load at ${k} is refused`);
        a = data.getUint32(k, true);
        break;
      case 0x54:
        a = (a & k) >>> 0;
        break;
      case 0x05:
        pc += k;
        break;
      case 0x15:
        pc += a === k ? jt : jf;
        break;
      case 0x25:
        pc += a > k ? jt : jf;
        break;
      case 0x35:
        pc += a >= k ? jt : jf;
        break;
      case 0x06:
        return { action: (k & 0xffff0000) >>> 0, data: k & 0xffff };
      default:
        throw new Error(`instruction 0x${op.toString(16)} is unknown`);
    }
  }
}

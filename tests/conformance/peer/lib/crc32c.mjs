// CRC32C (Castagnoli), eight bytes a step by eight tables.
const tables = Array.from({ length: 8 }, () => new Int32Array(256));
for (let n = 0; n < 256; n++) {
  let c = n;
  for (let bit = 0; bit < 8; bit++) c = c & 1 ? (c >>> 1) ^ 0x82f63b78 : c >>> 1;
  tables[0][n] = c;
}
for (let t = 1; t < 8; t++) {
  for (let n = 0; n < 256; n++) tables[t][n] = (tables[t - 1][n] >>> 8) ^ tables[0][tables[t - 1][n] & 255];
}
const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;

export function crc32c(bytes, previous = 0) {
  let c = ~previous;
  let i = 0;
  for (const end = bytes.length - 7; i < end; i += 8) {
    c = t7[(c ^ bytes[i]) & 255]
      ^ t6[((c >>> 8) ^ bytes[i + 1]) & 255]
      ^ t5[((c >>> 16) ^ bytes[i + 2]) & 255]
      ^ t4[((c >>> 24) ^ bytes[i + 3]) & 255]
      ^ t3[bytes[i + 4]] ^ t2[bytes[i + 5]] ^ t1[bytes[i + 6]] ^ t0[bytes[i + 7]];
  }
  for (; i < bytes.length; i++) c = (c >>> 8) ^ t0[(c ^ bytes[i]) & 255];
  return ~c >>> 0;
}

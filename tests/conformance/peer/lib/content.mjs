// Synthetic content: the little-endian 64-bit word at byte 8k is splitmix64(k). It depends on the position only, so one
// cache of blocks serves objects of all sizes.
import { crc32c } from './crc32c.mjs';

const blockSize = 2 << 20;
const cachedBlocks = 64;
const blocks = new Map();
const checksums = new Map();

// High half of the 64-bit product of two unsigned 32-bit numbers, by 16-bit limbs.
function mulHigh(a, b) {
  const a0 = a & 0xffff, a1 = a >>> 16, b0 = b & 0xffff, b1 = b >>> 16;
  const low = a0 * b0;
  const middle = a1 * b0 + (low >>> 16);
  const other = a0 * b1 + (middle & 0xffff);
  return (a1 * b1 + Math.floor(middle / 0x10000) + (other >>> 16)) >>> 0;
}

function makeBlock(index) {
  const words = new Uint32Array(blockSize / 4);
  const gold = 0x9e3779b97f4a7c15n;
  const start = BigInt.asUintN(64, (BigInt(index) * BigInt(blockSize / 8) + 1n) * gold);
  let sumLow = Number(start & 0xffffffffn), sumHigh = Number(start >> 32n);
  for (let i = 0; i < words.length; i += 2) {
    let low = sumLow, high = sumHigh, t;
    low ^= (low >>> 30) | (high << 2);
    high ^= high >>> 30;
    t = mulHigh(low >>> 0, 0x1ce4e5b9) + Math.imul(low, 0xbf58476d) + Math.imul(high, 0x1ce4e5b9);
    low = Math.imul(low, 0x1ce4e5b9);
    high = t | 0;
    low ^= (low >>> 27) | (high << 5);
    high ^= high >>> 27;
    t = mulHigh(low >>> 0, 0x133111eb) + Math.imul(low, 0x94d049bb) + Math.imul(high, 0x133111eb);
    low = Math.imul(low, 0x133111eb);
    high = t | 0;
    words[i] = low ^ ((low >>> 31) | (high << 1));
    words[i + 1] = high ^ (high >>> 31);
    sumLow += 0x7f4a7c15;
    sumHigh = (sumHigh + 0x9e3779b9 + (sumLow > 0xffffffff ? 1 : 0)) >>> 0;
    sumLow >>>= 0;
  }
  return Buffer.from(words.buffer);
}

function block(index) {
  let bytes = blocks.get(index);
  if (!bytes) {
    bytes = makeBlock(index);
    if (blocks.size >= cachedBlocks) blocks.delete(blocks.keys().next().value);
    blocks.set(index, bytes);
  }
  return bytes;
}

/** The content from `offset` on; a view of the cache where it lies within one block. */
export function content(offset, length) {
  const first = Math.floor(offset / blockSize);
  const start = offset - first * blockSize;
  if (start + length <= blockSize) return block(first).subarray(start, start + length);
  const pieces = [];
  for (let at = offset; at < offset + length;) {
    const index = Math.floor(at / blockSize);
    const end = Math.min(offset + length, (index + 1) * blockSize);
    pieces.push(block(index).subarray(at - index * blockSize, end - index * blockSize));
    at = end;
  }
  return Buffer.concat(pieces);
}

/** CRC32C of the content from `offset` on, remembered. */
export function contentChecksum(offset, length) {
  const key = `${offset}+${length}`;
  let sum = checksums.get(key);
  if (sum === undefined) {
    if (checksums.size > 100_000) checksums.clear();
    sum = crc32c(content(offset, length));
    checksums.set(key, sum);
  }
  return sum;
}

/** CRC32C of the whole content of an object. */
export function wholeChecksum(size) {
  let sum = 0;
  for (let at = 0; at < size; at += blockSize) sum = crc32c(content(at, Math.min(blockSize, size - at)), sum);
  return sum;
}

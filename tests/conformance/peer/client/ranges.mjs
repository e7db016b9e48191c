import assert from 'node:assert/strict';
import { detail, hasCode, isContent } from './expect.mjs';

const size = 5_000_011;
const object = `size-${size}`;

// [name, offset, length, absolute offset, bytes]
const single = [
  ['a range', 1000, 5000, 1000, 5000],
  ['a range across a chunk border', (2 << 20) - 3, 6, (2 << 20) - 3, 6],
  ['length 0 runs to the end', 4_000_000, 0, 4_000_000, size - 4_000_000],
  ['a negative offset counts from the end', -5, 0, size - 5, 5],
  ['a negative offset with a length', -5, 3, size - 5, 3],
  ['a negative offset before the start is clamped', -size - 1, 10, 0, 10],
  ['a length past the end is cut', size - 10, 4000, size - 10, 10],
  ['the offset at the end gives an empty end', size, 0, size, 0],
  ['the offset at the end with a length', size, 10, size, 0],
  ['the last byte', size - 1, 1, size - 1, 1],
];

const singles = single.map(([name, offset, length, start, count]) => [
  `range: ${name}`,
  async ({ plain }) => {
    const call = plain.read(object, [[7, offset, length]]);
    await call.take(1);
    isContent(call, 7, start, count);
    hasCode(plain, 'OK', await call.finish());
  },
]);

export const scenarios = {
  ...Object.fromEntries(singles),

  async 'range: an empty object ends at once'({ plain }) {
    const call = plain.read('size-0', [[1, 0]]);
    await call.take(1);
    isContent(call, 1, 0, 0);
    hasCode(plain, 'OK', await call.finish());
  },

  async 'ranges: a hundred in a message'({ plain }) {
    const ranges = Array.from({ length: 100 }, (_, i) => [i + 1, i * 40_000, 1 + i * 300]);
    const call = plain.read(object, ranges);
    await call.take(100);
    for (const [id, offset, length] of ranges) isContent(call, id, offset, length);
    hasCode(plain, 'OK', await call.finish());
  },

  async 'ranges: more than a hundred in a message are refused'({ plain }) {
    const call = plain.read(object, Array.from({ length: 101 }, (_, i) => [i + 1, 0, 1]));
    hasCode(plain, 'INVALID_ARGUMENT', await call.finish());
  },

  async 'ranges: message after message on one stream'({ plain }) {
    const call = plain.read(object, [[1, 0, 10]]);
    for (let i = 2; i <= 300; i++) call.ask([[i, i * 1000, 777]]);
    await call.take(300);
    for (let i = 2; i <= 300; i++) isContent(call, i, i * 1000, 777);
    hasCode(plain, 'OK', await call.finish());
  },

  async 'ranges: an outstanding id may not be used again'({ plain }) {
    const call = plain.read(object, [[1, 0, 10], [1, 20, 10]]);
    hasCode(plain, 'INVALID_ARGUMENT', await call.finish());
  },

  async 'ranges: ids may be any number'({ plain }) {
    const ids = [0, 2 ** 31, Number.MAX_SAFE_INTEGER];
    const call = plain.read(object, ids.map((id, i) => [id, i * 100, 50]));
    await call.take(3);
    ids.forEach((id, i) => isContent(call, id, i * 100, 50));
    hasCode(plain, 'OK', await call.finish());
  },

  async 'ranges: an offset after the end is OUT_OF_RANGE and named in the details'({ plain }) {
    const status = await plain.read(object, [[1, 0, 10], [2, size + 1, 10], [3, 5, 5], [4, size + 2]]).finish();
    hasCode(plain, 'OUT_OF_RANGE', status);
    const { read_range_errors: errors } = detail(status, 'storage.v2.BidiReadObjectError');
    assert.deepEqual(errors.map(error => error.read_id), [2, 4]);
    for (const error of errors) assert.equal(error.status.code, plain.status.OUT_OF_RANGE);
  },

  async 'ranges: a negative length is OUT_OF_RANGE'({ plain }) {
    const status = await plain.read(object, [[9, 0, -1]]).finish();
    hasCode(plain, 'OUT_OF_RANGE', status);
    assert.equal(detail(status, 'storage.v2.BidiReadObjectError').read_range_errors[0].read_id, 9);
  },

  async 'ranges: overlapping and equal ones are each answered'({ plain }) {
    const ranges = [[1, 100, 1000], [2, 100, 1000], [3, 500, 1000], [4, 0]];
    const call = plain.read(object, ranges);
    await call.take(4);
    for (const [id, offset, length] of ranges.slice(0, 3)) isContent(call, id, offset, length);
    isContent(call, 4, 0, size);
    hasCode(plain, 'OK', await call.finish());
  },

  async 'ranges: chunks of several ranges interleave where that is asked for'({ direct }) {
    const call = direct.read(object, [[1, 0], [2, 0], [3, 0]]);
    await call.take(3);
    for (const id of [1, 2, 3]) isContent(call, id, 0, size);
    const ids = call.pieces.map(piece => piece.id);
    assert.ok(ids.indexOf(2) < ids.lastIndexOf(1), `order of the chunks: ${ids}`);
    hasCode(direct, 'OK', await call.finish());
  },
};

// Assertions that scenarios share; nothing here needs a package.
import assert from 'node:assert/strict';
import { content } from '../lib/content.mjs';

export const generation = '1700000000000001';

/** A range holds the synthetic content from `offset` on, and has ended once. */
export function isContent(call, id, offset, length) {
  const range = call.ranges.get(id);
  assert.ok(range, `no answer for range ${id}`);
  assert.equal(range.offset, offset, `offset of range ${id} is absolute`);
  const bytes = call.content(id);
  assert.equal(bytes.length, length, `length of range ${id}`);
  assert.ok(bytes.equals(content(offset, length)), `content of range ${id}`);
  assert.equal(range.ends, 1, `ends of range ${id}`);
}

/** A promise is rejected with a gRPC status, which is returned. */
export async function fails(service, code, promise) {
  const error = await promise.then(() => undefined, e => e);
  assert.ok(error, `expected ${code}, succeeded`);
  hasCode(service, code, error);
  return error;
}

export function hasCode(service, code, status) {
  const got = `${service.status[status.code]}: ${status.details}`;
  assert.equal(status.code, service.status[code], `expected ${code}, got ${got}`);
  return status;
}

/** The one detail of a status that has this type. */
export function detail(status, type) {
  const found = status.decoded.filter(({ name }) => name === `google.${type}`);
  assert.equal(found.length, 1, `details are ${JSON.stringify(status.decoded.map(({ name }) => name))}`);
  return found[0].value;
}

let last = 0;
/** A name that no other scenario uses. */
export const fresh = name => `${name}-${++last}`;

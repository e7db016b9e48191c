import assert from 'node:assert/strict';
import { content } from '../lib/content.mjs';
import { detail, fails, fresh, generation, hasCode, isContent } from './expect.mjs';

const get = 'storage.objects.get';
const redirect = 'storage.v2.BidiReadObjectRedirectedError';
const codes = {
  400: 'INVALID_ARGUMENT', 401: 'UNAUTHENTICATED', 408: 'UNAVAILABLE', 429: 'RESOURCE_EXHAUSTED', 500: 'INTERNAL',
  503: 'UNAVAILABLE', 504: 'DEADLINE_EXCEEDED',
};

const statuses = Object.entries(codes).map(([http, code]) => [
  `fault: return-${http} is ${code}`,
  async ({ plain }) => {
    const test = await plain.script({ [get]: [`return-${http}`] });
    hasCode(plain, code, await plain.read('size-10', [[1, 0]], { headers: { test } }).finish());
    hasCode(plain, 'OK', await plain.read('size-10', [[1, 0]], { headers: { test } }).finish());
    assert.equal((await plain.scriptState(test)).completed, true);
  },
]);

export const scenarios = {
  ...Object.fromEntries(statuses),

  async 'fault: a unary call takes its turn in the script'({ plain }) {
    const test = await plain.script({ [get]: ['return-503'] });
    await fails(plain, 'UNAVAILABLE', plain.call('GetObject', { bucket: plain.bucket, object: 'size-10' }, { test }));
    await plain.call('GetObject', { bucket: plain.bucket, object: 'size-10' }, { test });
  },

  async 'fault: a call without the id is not disturbed'({ plain }) {
    const test = await plain.script({ [get]: ['return-503'] });
    hasCode(plain, 'OK', await plain.read('size-10').finish());
    assert.equal((await plain.scriptState(test)).completed, false);
  },

  async 'fault: a redirected open names its token, and the token opens'({ plain }) {
    const test = await plain.script({ [get]: ['redirect-send-token-route-a'] });
    const status = await plain.read('size-10', [[1, 0]], { headers: { test } }).finish();
    hasCode(plain, 'ABORTED', status);
    const error = detail(status, redirect);
    assert.equal(error.routing_token, 'route-a');
    assert.equal(error.read_handle, undefined);
    const again = plain.read('size-10', [[1, 0]], {
      spec: { routing_token: 'route-a', generation },
      headers: { test, params: `bucket=${plain.bucket}&routing_token=route-a` },
    });
    await again.take(1);
    isContent(again, 1, 0, 10);
    hasCode(plain, 'OK', await again.finish());
  },

  async 'fault: a redirect in the middle brings handle and token after so much data'({ plain }) {
    const test = await plain.script({ [get]: ['redirect-after-3M-token-route-b'] });
    const call = plain.read('size-8m', [[1, 0]], { headers: { test } });
    const status = await call.finish();
    hasCode(plain, 'ABORTED', status);
    const error = detail(status, redirect);
    assert.equal(error.routing_token, 'route-b');
    assert.ok(error.read_handle.handle.length > 0);
    assert.ok(call.content(1).equals(content(0, 3 << 20)), 'data up to the break');
    assert.equal(call.ranges.get(1).ends, 0);
  },

  async 'fault: a token can be required'({ plain }) {
    const test = await plain.script({ [get]: ['require-token-route-c'] });
    const status = await plain.read('size-10', [], { headers: { test } }).finish();
    assert.equal(detail(hasCode(plain, 'ABORTED', status), redirect).routing_token, 'route-c');
    const params = `bucket=${plain.bucket}&routing_token=route-c`;
    const spec = { routing_token: 'route-c' };
    hasCode(plain, 'ABORTED', await plain.read('size-10', [], { spec, headers: { test } }).finish());
    hasCode(plain, 'ABORTED', await plain.read('size-10', [], { headers: { test, params } }).finish());
    hasCode(plain, 'OK', await plain.read('size-10', [], { spec, headers: { test, params } }).finish());
  },

  async 'fault: a stream breaks after the bytes asked for, without ending its range'({ plain }) {
    const test = await plain.script({ [get]: ['return-broken-stream-after-256K', 'return-broken-stream'] });
    for (const length of [256 << 10, 4]) {
      const call = plain.read('size-8m', [[1, 1000]], { headers: { test } });
      hasCode(plain, 'UNAVAILABLE', await call.finish());
      assert.ok(call.content(1).equals(content(1000, length)), `${call.content(1).length} bytes`);
      assert.equal(call.ranges.get(1).ends, 0);
    }
  },

  async 'fault: OK although a range is outstanding'({ plain }) {
    const test = await plain.script({ [get]: ['ok-after-1M'] });
    const call = plain.read('size-8m', [[1, 0]], { headers: { test } });
    hasCode(plain, 'OK', await call.finish());
    assert.equal(call.content(1).length, 1 << 20);
    assert.equal(call.ranges.get(1).ends, 0);
  },

  async 'fault: one range fails after the others were served'({ plain }) {
    const test = await plain.script({ [get]: ['range-error-2'] });
    const call = plain.read('size-100000', [[11, 0, 100], [12, 500, 100], [13, 900, 100]], { headers: { test } });
    const status = await call.finish();
    hasCode(plain, 'OUT_OF_RANGE', status);
    const { read_range_errors: errors } = detail(status, 'storage.v2.BidiReadObjectError');
    assert.deepEqual(errors.map(error => error.read_id), [12]);
    isContent(call, 11, 0, 100);
    isContent(call, 13, 900, 100);
  },

  async 'fault: a retry delay is told in RetryInfo'({ plain }) {
    const test = await plain.script({ [get]: ['return-503-retry-in-250ms'] });
    const status = await plain.read('size-10', [], { headers: { test } }).finish();
    const { retry_delay: delay } = detail(hasCode(plain, 'UNAVAILABLE', status), 'rpc.RetryInfo');
    assert.equal(Number(delay.seconds ?? 0) * 1000 + delay.nanos / 1e6, 250);
  },

  async 'fault: a stream is reset'({ plain }) {
    const test = await plain.script({ [get]: ['rst-stream-2-after-1M', 'rst-stream-7'] });
    hasCode(plain, 'INTERNAL', await plain.read('size-8m', [[1, 0]], { headers: { test } }).finish());
    const refused = await plain.read('size-8m', [[1, 0]], { headers: { test } }).finish();
    // grpc-js may retry a refused stream by itself: it is provably not processed.
    assert.ok([plain.status.UNAVAILABLE, plain.status.OK].includes(refused.code), refused.details);
  },

  async 'fault: a connection is dropped, and the next call has a new one'({ plain }) {
    const test = await plain.script({ [get]: ['drop-connection-after-1M'] });
    hasCode(plain, 'UNAVAILABLE', await plain.read('size-8m', [[1, 0]], { headers: { test } }).finish());
    const call = plain.read('size-10', [[1, 0]]);
    await call.take(1);
    isContent(call, 1, 0, 10);
    await call.finish();
  },

  async 'fault: GOAWAY lets the stream finish'({ plain }) {
    const test = await plain.script({ [get]: ['goaway-after-1M'] });
    const call = plain.read('size-8m', [[1, 0]], { headers: { test } });
    hasCode(plain, 'OK', await call.finish());
    isContent(call, 1, 0, 8 << 20);
  },

  async 'fault: a wrong checksum and a damaged byte are seen'({ plain }) {
    const test = await plain.script({ [get]: ['wrong-crc', 'corrupt-chunk'] });
    for (let i = 0; i < 2; i++) {
      const call = plain.read('size-100', [[1, 0]], { headers: { test } });
      await assert.rejects(call.take(1), /crc32c/);
      call.call.cancel();
    }
  },

  async 'fault: a redirected write names token, handle and generation'({ plain }) {
    const name = fresh('redirected');
    const test = await plain.script({ 'storage.objects.insert': ['redirect-send-handle-and-token-route-w'] });
    const call = plain.create(name, {}, { test });
    call.end();
    const status = await call.status;
    const error = detail(hasCode(plain, 'ABORTED', status), 'storage.v2.BidiWriteObjectRedirectedError');
    assert.equal(error.routing_token, 'route-w');
    assert.ok(error.write_handle.handle.length > 0);
    const again = plain.write({
      append_object_spec: {
        bucket: plain.bucket, object: name, generation: error.generation, routing_token: 'route-w',
        write_handle: error.write_handle,
      },
      state_lookup: true,
    }, { test, params: `appendable=true&bucket=${plain.bucket}&routing_token=route-w` });
    assert.equal(Number((await again.next()).persisted_size ?? 0), 0);
    again.end();
    hasCode(plain, 'OK', await again.status);
  },

  async 'fault: an unknown instruction is refused'({ plain }) {
    await assert.rejects(plain.script({ [get]: ['return-nonsense'] }), /400/);
  },
};

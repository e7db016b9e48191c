import assert from 'node:assert/strict';
import { wholeChecksum } from '../lib/content.mjs';
import { detail, fails, fresh, generation, hasCode, isContent } from './expect.mjs';

export const scenarios = {
  async 'opening tells the object and gives a handle, once'({ plain }) {
    const call = plain.read('size-5000', [[1, 0, 10]]);
    await call.take(1);
    const { metadata, read_handle: handle } = call.first;
    assert.equal(metadata.name, 'size-5000');
    assert.equal(metadata.bucket, plain.bucket);
    assert.equal(metadata.size, '5000');
    assert.equal(metadata.generation, generation);
    assert.ok(metadata.finalize_time, 'finalized');
    assert.equal(metadata.checksums.crc32c, wholeChecksum(5000));
    assert.ok(handle.handle.length > 0, 'a handle');
    call.ask([[2, 10, 10]]);
    const response = await call.next();
    assert.equal(response.metadata, undefined);
    hasCode(plain, 'OK', await call.finish());
  },

  async 'opening without ranges is answered at once'({ plain }) {
    const call = plain.read('size-5000');
    assert.equal((await call.next()).metadata.size, '5000');
    hasCode(plain, 'OK', await call.finish());
  },

  async 'half-closing at once still gives every byte'({ plain }) {
    const call = plain.read('size-5m', [[1, 0], [2, 100, 200]]);
    hasCode(plain, 'OK', await call.finish());
    isContent(call, 1, 0, 5 << 20);
    isContent(call, 2, 100, 200);
  },

  async 'a large object arrives in chunks of at most 2 MiB'({ plain }) {
    const size = (96 << 20) + 12345;
    const call = plain.read(`size-${size}`, [[1, 0]]);
    await call.take(1);
    isContent(call, 1, 0, size);
    hasCode(plain, 'OK', await call.finish());
  },

  async 'many streams share a connection'({ plain }) {
    const calls = Array.from({ length: 20 }, (_, i) => plain.read('size-4m', [[1, i * 1000, 100_000]]));
    await Promise.all(calls.map(call => call.take(1)));
    calls.forEach((call, i) => isContent(call, 1, i * 1000, 100_000));
    for (const call of calls) hasCode(plain, 'OK', await call.finish());
  },

  async 'a missing object, bucket or generation is NOT_FOUND'({ plain }) {
    hasCode(plain, 'NOT_FOUND', await plain.read('no-such-object').finish());
    hasCode(plain, 'NOT_FOUND', await plain.read('size-10', [], { spec: { generation: 5 } }).finish());
    const elsewhere = 'projects/_/buckets/no-such-bucket';
    const call = plain.read('size-10', [], { spec: { bucket: elsewhere }, headers: { params: `bucket=${elsewhere}` } });
    hasCode(plain, 'NOT_FOUND', await call.finish());
  },

  async 'a generation that is there can be pinned'({ plain }) {
    const call = plain.read('size-10', [[1, 0]], { spec: { generation } });
    await call.take(1);
    isContent(call, 1, 0, 10);
    hasCode(plain, 'OK', await call.finish());
  },

  async 'preconditions are checked'({ plain }) {
    const open = spec => plain.read('size-10', [], { spec }).finish();
    hasCode(plain, 'OK', await open({ if_generation_match: generation }));
    hasCode(plain, 'FAILED_PRECONDITION', await open({ if_generation_match: 7 }));
    hasCode(plain, 'FAILED_PRECONDITION', await open({ if_metageneration_match: 99 }));
    const notModified = await open({ if_generation_not_match: generation });
    hasCode(plain, 'ABORTED', notModified);
    assert.deepEqual(notModified.decoded, [], 'no redirect');
  },

  async 'the routing header is required and has to fit; slashes may be encoded'({ plain }) {
    const read = params => plain.read('size-10', [], { headers: { params } }).finish();
    hasCode(plain, 'INVALID_ARGUMENT', await read(''));
    hasCode(plain, 'INVALID_ARGUMENT', await read('bucket=projects/_/buckets/other'));
    hasCode(plain, 'OK', await read('bucket=projects%2F_%2Fbuckets%2Fzonal-bucket'));
    const request = { bucket: plain.bucket, object: 'size-10' };
    await fails(plain, 'INVALID_ARGUMENT', plain.call('GetObject', request, { params: '' }));
  },

  async 'the specification comes first and only once'({ plain }) {
    const without = plain.read('size-10');
    await without.next();
    without.send({ read_object_spec: { bucket: plain.bucket, object: 'size-10' } });
    hasCode(plain, 'INVALID_ARGUMENT', await without.finish());
  },

  async 'a cancelled stream is cleaned up'({ plain }) {
    const call = plain.read('size-1g', [[1, 0]]);
    await call.next();
    call.call.cancel();
    hasCode(plain, 'CANCELLED', await call.status);
    for (let i = 0; (await plain.stats()).open_streams > 0; i++) {
      assert.ok(i < 100, 'the stream is still open after 5 s');
      await new Promise(resolve => setTimeout(resolve, 50));
    }
  },

  async 'a handle changes nothing over a plain endpoint'({ plain }) {
    const first = plain.read('size-10');
    const { read_handle: handle } = await first.next();
    const again = plain.read('size-10', [[1, 0]], { spec: { read_handle: handle, generation } });
    await again.take(1);
    assert.equal(again.first.metadata.size, '10');
    isContent(again, 1, 0, 10);
    await first.finish();
    await again.finish();
  },

  async 'a handle that is honoured leaves out the metadata'({ direct }) {
    const first = direct.read('size-10');
    const { read_handle: handle } = await first.next();
    const again = direct.read('size-10', [[1, 0]], { spec: { read_handle: handle, generation } });
    await again.take(1);
    assert.equal(again.first.metadata, undefined);
    assert.ok(again.first.read_handle.handle.length > 0);
    isContent(again, 1, 0, 10);
    const unknown = direct.read('size-10', [], { spec: { read_handle: { handle: Buffer.from('?') } } });
    assert.equal((await unknown.next()).metadata.size, '10', 'a handle that nobody issued');
    for (const call of [first, again, unknown]) await call.finish();
  },

  async 'ReadObject serves a slice'({ plain }) {
    const call = plain.storage.ReadObject(
      { bucket: plain.bucket, object: 'size-100000', read_offset: 1000, read_limit: 50_000 }, plain.headers());
    const pieces = [];
    for await (const { checksummed_data: data } of call) pieces.push(data.content);
    const { content } = await import('../lib/content.mjs');
    assert.ok(Buffer.concat(pieces).equals(content(1000, 50_000)));
  },

  async 'an object that grows can be followed on one stream'({ plain }) {
    const name = fresh('growing');
    const writer = plain.create(name);
    const { resource } = await writer.next();
    const reader = plain.read(name, [[1, 0]], { spec: { generation: resource.generation } });
    await reader.take(1);
    assert.equal(reader.first.metadata.finalize_time, undefined, 'not finalized');
    assert.equal(reader.content(1).length, 0);
    await writer.persist(0, Buffer.from('hello '));
    reader.ask([[2, 0]]);
    await reader.take(2);
    assert.equal(reader.content(2).toString(), 'hello ');
    await writer.persist(6, Buffer.from('world'));
    reader.ask([[3, 6]]);
    await reader.take(3);
    assert.equal(reader.content(3).toString(), 'world');
    reader.ask([[4, 12]]);
    const status = await reader.finish();
    hasCode(plain, 'OUT_OF_RANGE', status);
    assert.equal(detail(status, 'storage.v2.BidiReadObjectError').read_range_errors[0].read_id, 4);
    writer.end();
    await writer.status;
  },
};

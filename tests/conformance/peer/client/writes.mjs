import assert from 'node:assert/strict';
import { content } from '../lib/content.mjs';
import { crc32c } from '../lib/crc32c.mjs';
import { fails, fresh, hasCode } from './expect.mjs';

const bytes = text => Buffer.from(text);
const persisted = response => Number(response.persisted_size ?? 0);

async function readAll(service, name) {
  const call = service.read(name, [[1, 0]]);
  await call.take(1);
  await call.finish();
  return call.content(1);
}

function append(service, name, resource, more = {}) {
  return service.write({
    append_object_spec: { bucket: service.bucket, object: name, generation: resource.generation, ...more },
  });
}

export const scenarios = {
  async 'write: a new object is there at once, empty and not final'({ plain }) {
    const name = fresh('new');
    const described = { bucket: plain.bucket, name, content_type: 'text/x', metadata: { a: 'b' } };
    const call = plain.create(name, { resource: described });
    const { resource, write_handle: handle } = await call.next();
    assert.equal(resource.name, name);
    assert.equal(Number(resource.size ?? 0), 0);
    assert.equal(resource.storage_class, 'RAPID');
    assert.equal(resource.content_type, 'text/x');
    assert.deepEqual(resource.metadata, { a: 'b' });
    assert.equal(resource.finalize_time, undefined);
    assert.ok(handle.handle.length > 0);
    assert.equal((await plain.get(name)).generation, resource.generation);
    call.end();
    hasCode(plain, 'OK', await call.status);
  },

  async 'write: flush and look-up tell what is durable'({ plain }) {
    const call = plain.create(fresh('flushed'));
    await call.next();
    assert.equal(persisted(await call.persist(0, bytes('hello '))), 6);
    const answer = await call.persist(6, bytes('world'));
    assert.equal(persisted(answer), 11);
    assert.equal(answer.persisted_data_checksums.crc32c, crc32c(bytes('hello world')));
    call.end();
    hasCode(plain, 'OK', await call.status);
  },

  async 'write: half-closing keeps the data and leaves the object open'({ plain }) {
    const name = fresh('paused');
    const call = plain.create(name);
    await call.next();
    call.data(0, bytes('abc'));
    call.end();
    assert.equal(persisted(await call.next()), 3);
    hasCode(plain, 'OK', await call.status);
    assert.equal((await plain.get(name)).finalize_time, undefined);
    assert.equal((await readAll(plain, name)).toString(), 'abc');
  },

  async 'write: finishing makes it final, with checksums'({ plain }) {
    const name = fresh('final');
    const resource = await plain.put(name, bytes('123456789'));
    assert.ok(resource.finalize_time);
    assert.equal(resource.checksums.crc32c, 0xe3069283);
    assert.equal(resource.size, '9');
    const again = append(plain, name, resource);
    hasCode(plain, 'FAILED_PRECONDITION', await again.status);
  },

  async 'write: a large object in chunks of 2 MiB reads back'({ plain }) {
    const name = fresh('large');
    const size = (21 << 20) + 99;
    const call = plain.create(name);
    await call.next();
    for (let at = 0; at < size; at += 2 << 20) {
      const chunk = content(at, Math.min(2 << 20, size - at));
      const finish = { finish_write: true, object_checksums: { crc32c: crc32c(content(0, size)) } };
      call.data(at, chunk, at + chunk.length === size ? finish : {});
    }
    assert.equal((await call.next()).resource.size, String(size));
    hasCode(plain, 'OK', await call.status);
    assert.ok((await readAll(plain, name)).equals(content(0, size)));
  },

  async 'write: the first message may carry data and finish'({ plain }) {
    const name = fresh('small');
    const call = plain.write({
      write_object_spec: { resource: { bucket: plain.bucket, name }, appendable: true },
      checksummed_data: { content: bytes('tiny'), crc32c: crc32c(bytes('tiny')) },
      finish_write: true,
    });
    const { resource } = await call.next();
    assert.equal(resource.size, '4');
    assert.ok(resource.finalize_time);
    hasCode(plain, 'OK', await call.status);
  },

  async 'write: taking over fences the writer before'({ plain }) {
    const name = fresh('fenced');
    const first = plain.create(name);
    const { resource } = await first.next();
    await first.persist(0, bytes('one'));
    const second = append(plain, name, resource);
    const opened = await second.next();
    assert.equal(opened.resource.size, '3', 'where to go on');
    assert.equal(persisted(await second.persist(3, bytes('two'))), 6);
    first.data(3, bytes('XXX'), { flush: true, state_lookup: true });
    hasCode(plain, 'FAILED_PRECONDITION', await first.status);
    second.data(6, bytes('!'), { finish_write: true });
    await second.next();
    assert.equal((await readAll(plain, name)).toString(), 'onetwo!');
  },

  async 'write: the same writer goes on by its handle'({ plain }) {
    const name = fresh('resumed');
    const first = plain.create(name);
    const { resource } = await first.next();
    const { write_handle: handle } = await first.persist(0, bytes('abc'));
    first.call.cancel();
    await first.status;
    const second = plain.write({
      append_object_spec: {
        bucket: plain.bucket, object: name, generation: resource.generation, write_handle: handle,
      },
      state_lookup: true,
    });
    assert.equal(persisted(await second.next()), 3);
    assert.equal(persisted(await second.persist(3, bytes('def'))), 6);
    second.end();
    hasCode(plain, 'OK', await second.status);
    assert.equal((await readAll(plain, name)).toString(), 'abcdef');
  },

  async 'write: a stale handle is refused'({ plain }) {
    const name = fresh('stale');
    const first = plain.create(name);
    const { resource, write_handle: handle } = await first.next();
    const second = append(plain, name, resource);
    await second.next();
    const third = append(plain, name, resource, { write_handle: handle });
    hasCode(plain, 'FAILED_PRECONDITION', await third.status);
    first.call.cancel();
    second.end();
    await second.status;
  },

  async 'write: data that is there already is skipped'({ plain }) {
    const name = fresh('overlap');
    const call = plain.create(name);
    await call.next();
    await call.persist(0, bytes('abcdef'));
    assert.equal(persisted(await call.persist(3, bytes('defghi'))), 9);
    call.end();
    await call.status;
    assert.equal((await readAll(plain, name)).toString(), 'abcdefghi');
  },

  async 'write: a gap is OUT_OF_RANGE'({ plain }) {
    const call = plain.create(fresh('gap'));
    await call.next();
    call.data(5, bytes('late'));
    hasCode(plain, 'OUT_OF_RANGE', await call.status);
  },

  async 'write: wrong checksums are refused'({ plain }) {
    const chunk = plain.create(fresh('bad-chunk'));
    await chunk.next();
    chunk.data(0, bytes('data'), { crc: 1 });
    hasCode(plain, 'INVALID_ARGUMENT', await chunk.status);
    const whole = plain.create(fresh('bad-object'));
    await whole.next();
    whole.data(0, bytes('data'), { finish_write: true, object_checksums: { crc32c: 1 } });
    hasCode(plain, 'INVALID_ARGUMENT', await whole.status);
  },

  async 'write: more than 2 MiB in a message is refused'({ plain }) {
    const call = plain.create(fresh('fat'));
    await call.next();
    call.data(0, content(0, (2 << 20) + 1));
    hasCode(plain, 'INVALID_ARGUMENT', await call.status);
  },

  async 'write: an expected size is checked'({ plain }) {
    const call = plain.create(fresh('sized'), { object_size: 10 });
    await call.next();
    call.data(0, bytes('short'), { finish_write: true });
    hasCode(plain, 'OUT_OF_RANGE', await call.status);
  },

  async 'write: an existing object is replaced, unless the precondition forbids'({ plain }) {
    const name = fresh('replaced');
    const first = await plain.put(name, bytes('old'));
    const refused = plain.create(name, { if_generation_match: 0 });
    hasCode(plain, 'FAILED_PRECONDITION', await refused.status);
    assert.equal((await readAll(plain, name)).toString(), 'old');
    const second = await plain.put(name, bytes('new'));
    assert.ok(BigInt(second.generation) > BigInt(first.generation));
    assert.equal((await readAll(plain, name)).toString(), 'new');
    await fails(plain, 'NOT_FOUND', plain.get(name, { generation: first.generation }));
  },

  async 'write: objects of a zonal bucket are appendable, always'({ plain }) {
    const name = fresh('plain');
    const call = plain.write({ write_object_spec: { resource: { bucket: plain.bucket, name } } });
    assert.notEqual((await call.status).code, plain.status.OK);
    await fails(plain, 'NOT_FOUND', plain.get(name));
  },

  async 'write: an append needs the right generation'({ plain }) {
    const name = fresh('generation');
    const call = plain.create(name);
    const { resource } = await call.next();
    call.end();
    await call.status;
    hasCode(plain, 'INVALID_ARGUMENT', await append(plain, name, {}).status);
    hasCode(plain, 'NOT_FOUND', await append(plain, name, { generation: Number(resource.generation) + 1 }).status);
  },
};

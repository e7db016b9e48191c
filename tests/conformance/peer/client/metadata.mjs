import assert from 'node:assert/strict';
import { fails, fresh, generation } from './expect.mjs';

async function list(service, request) {
  const found = { objects: [], prefixes: [], pages: 0 };
  let token = '';
  do {
    const page = await service.call('ListObjects', { parent: service.bucket, page_token: token, ...request });
    found.objects.push(...(page.objects ?? []).map(object => object.name));
    found.prefixes.push(...(page.prefixes ?? []));
    found.pages++;
    token = page.next_page_token ?? '';
    assert.ok(found.pages < 100, 'pages without end');
  } while (token);
  return found;
}

export const scenarios = {
  async 'get: a synthetic object'({ plain }) {
    const object = await plain.get('size-1000');
    assert.equal(object.size, '1000');
    assert.equal(object.generation, generation);
    assert.equal(object.storage_class, 'RAPID');
    assert.ok(object.finalize_time);
    assert.equal(typeof object.checksums.crc32c, 'number');
  },

  async 'get: what is not there is NOT_FOUND'({ plain }) {
    await fails(plain, 'NOT_FOUND', plain.get('nothing'));
    await fails(plain, 'NOT_FOUND', plain.get('size-1000', { generation: 3 }));
    const elsewhere = 'projects/_/buckets/nowhere';
    const get = bucket => plain.call('GetObject', { bucket, object: 'a' }, { params: `bucket=${bucket}` });
    await fails(plain, 'NOT_FOUND', get(elsewhere));
    await fails(plain, 'INVALID_ARGUMENT', get('nowhere'));
  },

  async 'get: a mask limits the answer'({ plain }) {
    const object = await plain.get('size-1000', { read_mask: { paths: ['name', 'size'] } });
    assert.equal(object.size, '1000');
    assert.equal(object.storage_class || undefined, undefined);
  },

  async 'list: pages, prefixes and delimiters'({ plain }) {
    const folder = fresh('list');
    const names = ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/4', 'é', 'z'].map(name => `${folder}/${name}`);
    for (const name of names) await plain.put(name, Buffer.from('x'));
    const all = await list(plain, { prefix: `${folder}/`, page_size: 3 });
    assert.deepEqual(all.objects, ['a', 'b/1', 'b/2', 'b/c/3', 'd', 'e/4', 'z', 'é'].map(name => `${folder}/${name}`));
    assert.ok(all.pages >= 3, `${all.pages} pages`);
    const level = await list(plain, { prefix: `${folder}/`, delimiter: '/', page_size: 2 });
    assert.deepEqual(level.objects.sort(), ['a', 'd', 'z', 'é'].map(name => `${folder}/${name}`).sort());
    assert.deepEqual(level.prefixes, [`${folder}/b/`, `${folder}/e/`]);
    const some = await list(plain, {
      prefix: `${folder}/`, lexicographic_start: `${folder}/b/2`, lexicographic_end: `${folder}/d`,
    });
    assert.deepEqual(some.objects, [`${folder}/b/2`, `${folder}/b/c/3`]);
    assert.deepEqual((await list(plain, { prefix: `${folder}/q` })).objects, []);
  },

  async 'list: entries carry their metadata'({ plain }) {
    const name = fresh('listed');
    const resource = await plain.put(name, Buffer.from('12345'));
    const page = await plain.call('ListObjects', { parent: plain.bucket, prefix: name });
    assert.equal(page.objects[0].size, '5');
    assert.equal(page.objects[0].generation, resource.generation);
  },

  async 'delete: once, and by the right generation'({ plain }) {
    const name = fresh('deleted');
    const resource = await plain.put(name, Buffer.from('x'));
    const remove = more => plain.call('DeleteObject', { bucket: plain.bucket, object: name, ...more });
    await fails(plain, 'NOT_FOUND', remove({ generation: 5 }));
    await fails(plain, 'FAILED_PRECONDITION', remove({ if_generation_match: 5 }));
    await remove({ if_generation_match: resource.generation });
    await fails(plain, 'NOT_FOUND', plain.get(name));
    await fails(plain, 'NOT_FOUND', remove({}));
  },

  async 'update: metadata by a mask'({ plain }) {
    const name = fresh('updated');
    const before = await plain.put(name, Buffer.from('x'));
    const after = await plain.call('UpdateObject', {
      object: { bucket: plain.bucket, name, content_type: 'text/new', metadata: { k: 'v' } },
      update_mask: { paths: ['content_type', 'metadata'] },
    });
    assert.equal(after.content_type, 'text/new');
    assert.deepEqual(after.metadata, { k: 'v' });
    assert.equal(after.generation, before.generation);
    assert.ok(Number(after.metageneration) > Number(before.metageneration));
  },

  async 'move: a name changes, the content stays'({ plain }) {
    const from = fresh('moved');
    const to = fresh('arrived');
    await plain.put(from, Buffer.from('cargo'));
    const moved = await plain.call('MoveObject', { bucket: plain.bucket, source_object: from, destination_object: to });
    assert.equal(moved.name, to);
    assert.equal(moved.size, '5');
    await fails(plain, 'NOT_FOUND', plain.get(from));
    const call = plain.read(to, [[1, 0]]);
    await call.take(1);
    assert.equal(call.content(1).toString(), 'cargo');
    await call.finish();
  },

  async 'layout: the bucket is zonal'({ plain }) {
    const layout = await plain.call('GetStorageLayout', { name: `${plain.bucket}/storageLayout` }, {}, plain.control);
    assert.equal(layout.location_type, 'zone');
    assert.deepEqual(layout.custom_placement_config.data_locations, ['us-central1-a']);
    assert.equal(layout.hierarchical_namespace.enabled, true);
    const elsewhere = 'projects/_/buckets/nowhere';
    await fails(plain, 'NOT_FOUND', plain.call(
      'GetStorageLayout', { name: `${elsewhere}/storageLayout` }, { params: `bucket=${elsewhere}` }, plain.control));
  },

  async 'bucket: a zonal one'({ plain }) {
    const bucket = await plain.call('GetBucket', { name: plain.bucket });
    assert.equal(bucket.location_type, 'zone');
    assert.equal(bucket.storage_class, 'RAPID');
    assert.equal(bucket.hierarchical_namespace.enabled, true);
    assert.equal(bucket.iam_config.uniform_bucket_level_access.enabled, true);
  },

  async 'a call that zonal buckets do not have is UNIMPLEMENTED'({ plain }) {
    const request = { bucket: plain.bucket, if_metageneration_match: 1 };
    await fails(plain, 'UNIMPLEMENTED', plain.call('LockBucketRetentionPolicy', request));
  },
};

// BidiWriteObject of whole objects: a new appendable object, data with checksums, finish.
import { crc32c } from '../lib/crc32c.mjs';
import { checkRouting, journal } from './journal.mjs';
import * as objects from './objects.mjs';
import { Failure } from './failure.mjs';

export function bidiWriteObject(call) {
  let target;
  const pieces = [];
  let received = 0;

  call.on('data', message => {
    try {
      accept(message);
    } catch (failure) {
      call.emit('error', failure);
    }
  });
  call.on('end', () => call.end());

  function accept(message) {
    if (!target) open(message.write_object_spec);
    else if (message.write_object_spec) target.violations.push('a second write_object_spec');
    append(message);
    if (message.finish_write) finish(message.object_checksums);
    else if (message.state_lookup) call.write({ persisted_size: received });
  }

  function open(spec) {
    if (!spec) throw new Failure('INVALID_ARGUMENT', 'The first message needs a write_object_spec here.');
    const { bucket, name, content_type: contentType } = spec.resource;
    checkRouting(call, name, bucket);
    objects.checkBucket(bucket);
    const exists = objects.list(bucket).some(o => o.name === name);
    if (spec.if_generation_match === '0' && exists) throw new Failure('FAILED_PRECONDITION', 'It exists already.');
    target = journal(name);
    if (!spec.appendable) target.violations.push('a zonal object that is not appendable');
    target.object = objects.store(bucket, name, { contentType });
    target.bucket = bucket;
    call.write({ resource: objects.resource(bucket, target.object), write_handle: { handle: Buffer.from('w1') } });
  }

  function append(message) {
    const data = message.checksummed_data;
    const offset = Number(message.write_offset ?? 0);
    if (!data?.content?.length) return;
    if (offset !== received) throw new Failure('OUT_OF_RANGE', `write_offset ${offset} at ${received}`);
    if (data.content.length > 2 << 20) throw new Failure('INVALID_ARGUMENT', 'more than 2 MiB in a message');
    if (data.crc32c === undefined) target.violations.push('data without a checksum');
    else if (crc32c(data.content) !== data.crc32c) throw new Failure('INVALID_ARGUMENT', 'wrong crc32c of a chunk');
    target.writes.push({ offset, length: data.content.length });
    pieces.push(data.content);
    received += data.content.length;
  }

  function finish(checksums) {
    const bytes = Buffer.concat(pieces);
    if (checksums?.crc32c !== undefined && crc32c(bytes) !== checksums.crc32c) {
      throw new Failure('INVALID_ARGUMENT', 'wrong crc32c of the object');
    }
    Object.assign(target.object, objects.fromBytes(bytes), { finalized: true });
    call.write({ resource: objects.resource(target.bucket, target.object) });
    call.end();
  }
}

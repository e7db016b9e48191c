import assert from 'node:assert/strict';
import { crc32c } from '../lib/crc32c.mjs';
import { detailsOf } from '../lib/schema.mjs';

/** A bidirectional call as a sequence of responses and, in the end, a status. */
class BidiCall {
  #responses = [];
  #wake = () => {};
  ended = false;

  constructor(call) {
    this.call = call;
    this.status = new Promise(resolve => call.on('status', status => {
      this.ended = true;
      this.#wake();
      resolve(Object.assign(status, { decoded: detailsOf(status) }));
    }));
    call.on('error', () => {});
    call.on('data', response => {
      this.#responses.push(response);
      this.#wake();
    });
  }

  send = message => this.call.write(message);
  end = () => this.call.end();

  /** The next response; undefined once the call has ended. */
  async next() {
    while (!this.#responses.length && !this.ended) await new Promise(resolve => { this.#wake = resolve; });
    return this.#responses.shift();
  }
}

/** A read stream that checks what every answer has to obey. */
export class ReadCall extends BidiCall {
  /** By read id: { offset, bytes, ends }. */
  ranges = new Map();
  pieces = [];

  ask = ranges => this.send({
    read_ranges: ranges.map(([id, offset, length = 0]) => ({ read_id: id, read_offset: offset, read_length: length })),
  });

  /** Takes answers until `count` ranges in all have ended, or the call has. */
  async take(count) {
    while ([...this.ranges.values()].filter(range => range.ends).length < count) {
      const response = await this.next();
      if (!response) break;
      this.first ??= response;
      for (const data of response.object_data_ranges ?? []) this.#accept(data);
    }
    return this.ranges;
  }

  /** Half-closes, takes everything that still comes, and gives the status. */
  async finish() {
    this.end();
    await this.take(Infinity);
    return this.status;
  }

  content = id => Buffer.concat(this.ranges.get(id)?.pieces ?? []);

  #accept({ checksummed_data: data, read_range: where, range_end: end }) {
    const id = Number(where.read_id ?? 0);
    const offset = Number(where.read_offset ?? 0);
    const content = data?.content ?? Buffer.alloc(0);
    assert.ok(content.length <= 2 << 20, `a chunk of ${content.length} bytes`);
    assert.equal(Number(where.read_length ?? 0), content.length, 'read_length of a chunk is its length');
    if (content.length) assert.equal(data.crc32c, crc32c(content), `crc32c of ${content.length} bytes at ${offset}`);
    let range = this.ranges.get(id);
    if (!range) this.ranges.set(id, range = { offset, next: offset, pieces: [], ends: 0 });
    if (content.length) {
      assert.equal(range.ends, 0, `data of range ${id} after its end`);
      assert.equal(offset, range.next, `range ${id} is contiguous`);
    }
    range.next += content.length;
    range.pieces.push(content);
    this.pieces.push({ id, length: content.length });
    if (end) range.ends++;
  }
}

export class WriteCall extends BidiCall {
  /** Sends data with its checksum. */
  data(offset, bytes, more = {}) {
    const { crc = crc32c(bytes), ...rest } = more;
    this.send({ write_offset: offset, checksummed_data: { content: bytes, crc32c: crc }, ...rest });
  }

  /** Sends data and waits until it is persisted. */
  async persist(offset, bytes) {
    this.data(offset, bytes, { flush: true, state_lookup: true });
    return this.next();
  }
}

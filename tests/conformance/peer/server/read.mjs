// BidiReadObject. The rules are here; what is to go wrong comes from the object's name (behaviours.mjs).
import { Failure } from './failure.mjs';
import { checkRouting, journal } from './journal.mjs';
import { readError } from '../lib/schema.mjs';
import * as objects from './objects.mjs';
import { behavioursOf } from './behaviours.mjs';

const maximumRanges = 100;

export const bidiReadObject = call => new ReadStream(call);

class ReadStream {
  pending = [];
  usedIds = new Set();
  sentBytes = 0;
  chunkSize = 2 << 20;
  rotates = false;
  #ended = false;
  #work = Promise.resolve();

  constructor(call) {
    this.call = call;
    this.cancelled = new Promise(resolve => call.on('cancelled', () => {
      this.#ended = true;
      resolve();
    }));
    call.on('data', message => this.#then(() => this.#accept(message)));
    call.on('end', () => this.#then(() => this.#finish()));
  }

  /** Work on a stream is done one piece after another, in the order of its messages. */
  #then(step) {
    this.#work = this.#work.then(async () => {
      if (this.#ended) return;
      try {
        await step();
      } catch (failure) {
        this.end(failure);
      }
    });
  }

  /** Ends the call: with a failure, or with OK. */
  end(failure) {
    if (this.#ended) return;
    this.#ended = true;
    if (failure && !(failure instanceof Failure)) console.error(failure);
    if (failure) this.call.emit('error', failure);
    else this.call.end();
  }

  violation(text) {
    this.journal.violations.push(text);
  }

  async #accept(message) {
    const isFirst = !this.object;
    if (isFirst) await this.#open(message.read_object_spec);
    else if (message.read_object_spec) this.violation('read_object_spec on a later message');
    const ranges = (message.read_ranges ?? []).map(range => this.#describe(range));
    this.entry.messages.push(ranges.map(({ id, offset, length }) => ({ id, offset, length })));
    if (ranges.length > maximumRanges) this.violation(`${ranges.length} ranges in one message`);
    if (!ranges.length && !isFirst) this.violation('a message that asks for nothing');
    for (const range of ranges) await this.#admit(range);
    if (isFirst) await this.#answerFirst();
    await this.#serve();
  }

  async #open(spec) {
    if (!spec) throw new Failure('INVALID_ARGUMENT', 'The first message has no read_object_spec.');
    this.spec = spec;
    this.journal = journal(spec.object);
    this.params = checkRouting(this.call, spec.object, spec.bucket);
    this.entry = {
      params: this.params,
      generation: Number(spec.generation ?? 0),
      handle: spec.read_handle?.handle?.toString(),
      token: spec.routing_token,
      messages: [],
    };
    this.journal.streams.push(this.entry);
    this.behaviours = behavioursOf(spec.object);
    await this.#each('open');
    this.object = objects.find(spec.bucket, spec.object, spec.generation);
  }

  async #answerFirst() {
    const response = {
      metadata: objects.resource(this.spec.bucket, this.object),
      read_handle: { handle: Buffer.from(`handle-${this.journal.streams.length}`) },
    };
    await this.#each('first', response);
    await this.write(response);
  }

  #describe(range) {
    const { size } = this.object;
    const asked = Number(range.read_offset ?? 0);
    const offset = asked < 0 ? Math.max(0, size + asked) : asked;
    const length = Number(range.read_length ?? 0);
    const end = length > 0 ? Math.min(size, offset + length) : size;
    return { id: Number(range.read_id ?? 0), offset: asked, length, next: offset, end };
  }

  async #admit(range) {
    if (this.usedIds.has(range.id)) this.violation(`read_id ${range.id} twice on one stream`);
    this.usedIds.add(range.id);
    if (range.length < 0 || range.next > this.object.size) throw this.rangeFailure(range, 'OUT_OF_RANGE');
    this.pending.push(range);
    await this.#each('admit', range);
  }

  rangeFailure(range, code) {
    const failure = new Failure(code, `scripted or natural ${code}`);
    const status = { code: failure.code, message: `range ${range.id} at ${range.offset}` };
    return new Failure(code, failure.message, [[readError, {
      read_range_errors: [{ read_id: range.id, status }],
    }]]);
  }

  async #serve() {
    while (this.pending.length && !this.#ended) {
      const range = this.pending[0];
      const length = Math.min(range.end - range.next, this.chunkSize - (range.next % this.chunkSize));
      const chunk = { offset: range.next, length, end: range.next + length >= range.end };
      await this.#each('before', range, chunk);
      if (this.#ended) return;
      range.next = chunk.offset + chunk.length;
      const responses = [this.response([this.data(range.id, chunk)])];
      await this.#each('chunk', range, chunk, responses);
      for (const response of responses) await this.write(response);
      this.sentBytes += chunk.length;
      this.pending.shift();
      if (!chunk.end) this.rotates ? this.pending.push(range) : this.pending.unshift(range);
      await this.#each('after', range, chunk);
    }
    if (!this.#ended) await this.#each('idle');
  }

  data(id, { offset, length, end }) {
    return {
      checksummed_data: { content: this.object.read(offset, length), crc32c: this.object.checksum(offset, length) },
      read_range: { read_id: id, read_offset: offset, read_length: length },
      range_end: end,
    };
  }

  response = ranges => ({ object_data_ranges: ranges });

  async write(response) {
    if (this.#ended || this.call.write(response)) return;
    await Promise.race([new Promise(resolve => this.call.once('drain', resolve)), this.cancelled]);
  }

  async #finish() {
    await this.#each('close');
    this.end();
  }

  async #each(hook, ...args) {
    for (const behaviour of this.behaviours) await behaviour[hook]?.(this, ...args);
  }
}

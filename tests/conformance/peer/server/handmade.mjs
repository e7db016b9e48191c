// Encodings of BidiReadObjectResponse that are legal and that no serializer of a schema makes.
import protobuf from 'protobufjs';
import { lookup } from '../lib/schema.mjs';

const { Writer } = protobuf;
const tag = (field, wire) => (field << 3) | wire;
const sub = (writer, field, bytes) => writer.uint32(tag(field, 2)).bytes(bytes);
const varint = (writer, field, value) => writer.uint32(tag(field, 0)).int64(value);

/** All fields in descending order, so that content comes last. */
export function reversed(response) {
  const writer = Writer.create();
  if (response.read_handle) {
    sub(writer, 7, lookup('google.storage.v2.BidiReadHandle').encode(response.read_handle).finish());
  }
  for (const data of [...(response.object_data_ranges ?? [])]) {
    const range = data.read_range;
    const inner = Writer.create();
    inner.uint32(tag(3, 0)).bool(Boolean(data.range_end));
    sub(inner, 2, varint(varint(varint(
      Writer.create(), 3, range.read_id), 2, range.read_length ?? 0), 1, range.read_offset).finish());
    if (data.checksummed_data) {
      const { crc32c, content } = data.checksummed_data;
      const piece = Writer.create();
      if (crc32c !== undefined) piece.uint32(tag(2, 5)).fixed32(crc32c);
      sub(inner, 1, sub(piece, 1, content).finish());
    }
    sub(writer, 6, inner.finish());
  }
  return Buffer.from(writer.finish());
}

// A field of each wire type of proto3, with numbers that nobody uses.
function strange(writer) {
  writer.uint32(tag(1000, 0)).uint64(123456789);
  writer.uint32(tag(1001, 1)).fixed64(5);
  writer.uint32(tag(1002, 2)).string('from a later schema');
  writer.uint32(tag(1003, 5)).fixed32(7);
  return writer;
}

/** Fields of a later schema at every level, before and after the known ones. */
export function withUnknownFields(response) {
  const writer = strange(Writer.create());
  for (const data of response.object_data_ranges ?? []) {
    const inner = strange(Writer.create());
    if (data.checksummed_data) {
      const { crc32c, content } = data.checksummed_data;
      const piece = sub(strange(Writer.create()), 1, content);
      if (crc32c !== undefined) piece.uint32(tag(2, 5)).fixed32(crc32c);
      sub(inner, 1, strange(piece).finish());
    }
    const { read_id: id, read_offset: offset, read_length: length = 0 } = data.read_range;
    const range = strange(Writer.create());
    sub(inner, 2, strange(varint(varint(varint(range, 1, offset), 2, length), 3, id)).finish());
    sub(writer, 6, strange(inner.uint32(tag(3, 0)).bool(Boolean(data.range_end))).finish());
  }
  return Buffer.from(strange(writer).finish());
}

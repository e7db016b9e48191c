// Compares two schemas: everything in ours has to be in Google's under the same name, number, type, label and oneof.
import protobuf from 'protobufjs';

export function compareSchemas(ours, theirs) {
  const found = { differences: [], messages: 0, fields: 0, enums: 0, values: 0, methods: 0 };
  const differ = text => found.differences.push(text);
  visit(ours);
  return found;

  function visit(space) {
    for (const item of space.nestedArray) {
      if (item instanceof protobuf.Type) message(item);
      else if (item instanceof protobuf.Enum) enumeration(item);
      else if (item instanceof protobuf.Service) service(item);
      if (item.nestedArray) visit(item);
    }
  }

  // Neither schema's business: both tools bring their own copy of the well-known types.
  function counterpart(item, kind) {
    if (item.fullName.startsWith('.google.protobuf.')) return undefined;
    const other = theirs.lookup(item.fullName);
    if (other instanceof kind) return other;
    differ(`${item.fullName}: Google has no such ${kind.className.toLowerCase()}`);
    return undefined;
  }

  function message(mine) {
    const other = counterpart(mine, protobuf.Type);
    if (!other) return;
    found.messages++;
    for (const field of mine.fieldsArray) {
      found.fields++;
      const name = `${mine.fullName}.${field.name}`;
      const theirField = other.fields[field.name];
      if (!theirField) differ(`${name}: Google has no such field`);
      else same(name, describeField(field), describeField(theirField));
    }
  }

  function enumeration(mine) {
    const other = counterpart(mine, protobuf.Enum);
    if (!other) return;
    found.enums++;
    for (const [value, number] of Object.entries(mine.values)) {
      found.values++;
      same(`${mine.fullName}.${value}`, { number }, { number: other.values[value] });
    }
  }

  function service(mine) {
    const other = counterpart(mine, protobuf.Service);
    if (!other) return;
    for (const method of mine.methodsArray) {
      found.methods++;
      const name = `${mine.fullName}.${method.name}`;
      const theirMethod = other.methods[method.name];
      if (!theirMethod) differ(`${name}: Google has no such method`);
      else same(name, describeMethod(method), describeMethod(theirMethod));
    }
  }

  function same(name, mine, other) {
    for (const key of Object.keys(mine)) {
      if (mine[key] !== other[key]) differ(`${name}: ${key} is ${mine[key]}, Google's is ${other[key]}`);
    }
  }
}

function describeField(field) {
  const oneof = field.partOf;
  return {
    number: field.id,
    type: field.resolvedType?.fullName ?? field.type,
    key: field.map ? field.keyType : 'none',
    label: field.map ? 'map' : field.repeated ? 'repeated' : 'single',
    presence: Boolean(oneof?.isProto3Optional),
    oneof: oneof && !oneof.isProto3Optional ? oneof.name : 'none',
    packed: field.repeated && field.packed,
  };
}

function describeMethod(method) {
  return {
    request: method.resolvedRequestType.fullName,
    response: method.resolvedResponseType.fullName,
    requestStream: Boolean(method.requestStream),
    responseStream: Boolean(method.responseStream),
  };
}

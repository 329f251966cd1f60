// The content of a CREATE or UPDATE against the table of its resource type (TS-0004 7.3.3.3, 7.3.3.4). Knows no tree.
import { isObject } from '../../onem2m/serialisation/json.ts';
import { deny } from './refusing.ts';
import { type Attributes, resourceTypes, type TypeName } from './resource-types.ts';

/** What was given, every attribute of it one that a CREATE may have, and none missing. */
export function createdAttributes(type: TypeName, content: unknown): Attributes {
  const given = memberOf(type, content);
  const { attributes } = resourceTypes[type];
  const missing = Object.keys(attributes).find(
    name => attributes[name]?.required && given[name] === undefined,
  );
  if (missing !== undefined) deny('BAD_REQUEST', `m2m:${type}.${missing} is missing (TS-0004 7.3.3.3)`);
  for (const [name, value] of Object.entries(given)) {
    const attribute = attributeOf(type, name);
    if (!attribute.isValid(value))
      deny('BAD_REQUEST', `m2m:${type}.${name} has a value that is not accepted`);
  }
  return given;
}

/** What was given; null deletes an attribute (TS-0004 7.3.3.7). */
export function updatedAttributes(type: TypeName, content: unknown): Attributes {
  const given = memberOf(type, content);
  for (const [name, value] of Object.entries(given)) {
    const attribute = attributeOf(type, name);
    if (attribute.createOnly) deny('BAD_REQUEST', `m2m:${type}.${name} cannot be updated (TS-0004 7.3.3.4)`);
    if (value === null ? attribute.required : !attribute.isValid(value))
      deny('BAD_REQUEST', `m2m:${type}.${name} has a value that is not accepted`);
  }
  // TS-0001 9.6.1.3.2.
  if ('acpi' in given && Object.keys(given).length > 1)
    deny('BAD_REQUEST', `m2m:${type}.acpi is updated alone or not at all`);
  return given;
}

function memberOf(type: TypeName, content: unknown): Attributes {
  const member = `m2m:${type}`;
  const { [member]: attributes, ...others } = isObject(content) ? content : {};
  return isObject(attributes) && Object.keys(others).length === 0
    ? attributes
    : deny('BAD_REQUEST', `the content is no ${member} (TS-0004 7.3.3.3)`);
}

function attributeOf(type: TypeName, name: string) {
  const { attributes } = resourceTypes[type];
  return (
    (Object.hasOwn(attributes, name) ? attributes[name] : undefined) ??
    deny('BAD_REQUEST', `m2m:${type} has no attribute ${JSON.stringify(name.slice(0, 40))} that can be given`)
  );
}

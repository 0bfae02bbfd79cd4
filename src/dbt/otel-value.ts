/** Values as protobuf's JSON writes them: https://protobuf.dev/programming-guides/json/ */

import { number, text } from '../json.ts'

/** An integer; one of 64 bits is written as a string. */
export function integer(value: unknown): number | undefined {
  return /^-?\d{1,15}$/.test(text(value)) ? Number(value) : number(value)
}

/** A time in nanoseconds since the epoch, which is too great for a number, in milliseconds; 0 where it is none. */
export function milliseconds(value: unknown): number {
  const digits = text(value)
  return /^\d{7,20}$/.test(digits) ? Number(digits.slice(0, -6)) : 0
}

/** A member of an enumeration without the name of that, in lower case: `NODE_TYPE_UNIT_TEST` → `unit_test`. */
export function member(value: unknown, enumeration: string): string {
  return text(value).replace(`${enumeration}_`, '').toLowerCase()
}

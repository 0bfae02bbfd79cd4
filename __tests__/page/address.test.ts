import fc from 'fast-check'
import { expect, test } from 'vitest'
import { type Address, formatAddress, HOME, parseAddress } from '../../page/address.ts'

test('an address names the selected node and the view', () => {
  const address = { ...HOME, node: 'stg_orders', view: 'timeline' as const }
  expect(formatAddress(address)).toBe('#node=stg_orders&view=timeline')
  expect(parseAddress('#node=stg_orders&view=timeline')).toEqual(address)
})

test('what is not known is ignored', () => {
  expect(parseAddress('#view=nowhere&graph=x&__proto__=1&toString=2&q=a')).toEqual({ ...HOME, q: 'a' })
  expect(parseAddress('')).toEqual(HOME)
})

test('every state is read back as it was written', () => {
  const text = fc.string({ unit: 'grapheme' })
  const addresses: fc.Arbitrary<Address> = fc.record({
    node: text,
    q: text,
    status: text,
    type: text,
    folder: text,
    tag: text,
    sort: text,
    zoom: text,
    view: fc.constantFrom('', 'failures', 'timeline', 'lineage', 'nodes'),
    graph: fc.constantFrom('', 'failures', 'around', 'folders', 'all'),
    group: fc.constantFrom('', 'folder'),
    code: fc.constantFrom('', 'sql'),
  })
  fc.assert(
    fc.property(addresses, (address) => {
      expect(parseAddress(formatAddress(address))).toEqual(address)
    }),
  )
})

import { expect, test } from 'vitest'
import { splitWords } from '../../src/dbt/command.ts'
import type { ManifestNode } from '../../src/dbt/manifest.ts'
import { isExact, selectorOf, shellQuote } from '../../src/dbt/selector.ts'

function node(uniqueId: string, fqn: string[], more: Partial<ManifestNode> = {}): ManifestNode {
  const [resourceType = '', packageName = ''] = uniqueId.split('.')
  return {
    ...{ uniqueId, resourceType, packageName, name: fqn.at(-1) ?? '', version: '', fqn },
    ...{
      originalFilePath: '',
      patchPath: '',
      path: '',
      materialized: '',
      relation: '',
      dependsOn: [],
      tags: [],
      test: undefined,
    },
    ...more,
  }
}

const named = { name: 'unique', column: 'id', fileKey: 'models.orders', source: '', kwargs: {} }
const UNIT_TEST = node('unit_test.shop.cages.is_v1', ['shop', 'cages', 'is'], {
  version: '1',
  dependsOn: ['model.shop.cages.v1'],
})
const GENERIC_TEST = node('test.shop.id_is_well.0a', ['shop', 'id_is_well'], {
  dependsOn: ['model.shop.lines', 'model.shop.orders'],
  test: { ...named, attachedNode: 'model.shop.orders' },
})
const SOURCE_TEST = node('test.shop.id_is_well.0b', ['shop', 'id_is_well'], {
  dependsOn: ['source.shop.raw.feed'],
  test: { ...named, attachedNode: '' },
})

const CASES: [title: string, ManifestNode, selector: string][] = [
  [
    'model',
    node('model.shop.orders', ['shop', 'marts', 'orders']),
    'fqn:shop.marts.order[s],package:shop,resource_type:model',
  ],
  [
    'version',
    node('model.shop.cages.v1.1', ['shop', 'cages', 'v1.1']),
    'fqn:shop.cages.v1.[1],package:shop,resource_type:model',
  ],
  [
    'source below a folder',
    node('source.shop.raw.feed', ['shop', 'staging', 'raw', 'feed']),
    'source:shop.raw.feed,resource_type:source',
  ],
  [
    'source with dots',
    node('source.shop.raw.a.b', ['shop', 'raw', 'a.b']),
    'source:shop.raw.a?b,resource_type:source',
  ],
  [
    'what dbt gives a meaning',
    node("model.shop.a,b 'c'+2", ['shop', "a,b 'c'+2"]),
    'fqn:shop.a?b??c??2,package:shop,resource_type:model',
  ],
  [
    'a character of two units',
    node('model.shop.é𝒳', ['shop', 'é😀']),
    'fqn:shop.é?,package:shop,resource_type:model',
  ],
  [
    'unit test of a version',
    UNIT_TEST,
    'fqn:shop.cages.i[s],package:shop,resource_type:unit_test,fqn:*.cages.v1+1',
  ],
  [
    'generic test with a name of its own',
    GENERIC_TEST,
    'fqn:shop.id_is_wel[l],package:shop,resource_type:test,fqn:*.orders+1',
  ],
  [
    'the same on a source',
    SOURCE_TEST,
    'fqn:shop.id_is_wel[l],package:shop,resource_type:test,source:shop.*+1',
  ],
]

test.each(CASES)('%s', (_, of, selector) => {
  expect(selectorOf(of)).toBe(selector)
  expect(isExact([selector])).toBe(true)
})

test('a generic test whose name dbt made needs no parent', () => {
  const made = { ...GENERIC_TEST, name: 'unique_orders_id', fqn: ['shop', 'unique_orders_id'] }
  expect(selectorOf(made)).toBe('fqn:shop.unique_orders_i[d],package:shop,resource_type:test')
})

test('the form is known again from one string of quoted words', () => {
  const line = CASES.map(([, of]) => shellQuote(selectorOf(of))).join(' ')
  expect(splitWords(line)).toEqual(CASES.map(([, , selector]) => selector))
  expect(isExact(splitWords(line))).toBe(true)
})

test('one with the path of its file names a node too', () => {
  const byPath = 'fqn:shop.orders,path:models/marts/orders.sql,resource_type:model'
  expect(isExact([byPath, CASES[0]?.[2] ?? ''])).toBe(true)
})

test.each([
  [],
  ['source:raw.orders'],
  ['fqn:shop.orders,resource_type:model'],
  ['+fqn:shop.order[s],package:shop,resource_type:model'],
  ['fqn:shop.order[s],package:shop,resource_type:model+'],
  [CASES[0]?.[2] ?? '', 'tag:nightly'],
])('what a person wrote is not: %s', (...words) => {
  expect(isExact(words)).toBe(false)
})

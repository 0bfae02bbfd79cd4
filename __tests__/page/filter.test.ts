import { describe, expect, test } from 'vitest'
import { matcher, NO_FILTER, sorted } from '../../page/filter.ts'
import { feedsText, modelOf } from '../../page/model.ts'
import type { PageNode } from '../../src/report/page-data.ts'
import { madeUp } from './made-up.ts'

const nodes: PageNode[] = [
  {
    id: 'model.shop.orders',
    name: 'orders',
    type: 'model',
    status: 'error',
    seconds: 3,
    folder: 'models/marts',
    tags: ['nightly'],
    message: 'Binder Error: no column TOTAL',
  },
  {
    id: 'model.shop.bills',
    name: 'bills',
    type: 'model',
    status: 'skipped',
    cause: 0,
    parents: [0],
    folder: 'models/marts/finance',
  },
  {
    id: 'test.shop.unique_bills',
    name: 'unique_bills',
    type: 'test',
    status: 'skipped',
    cause: 0,
    parents: [1],
    folder: 'models/marts',
  },
  {
    id: 'model.shop.raw',
    name: 'raw',
    type: 'model',
    status: 'success',
    seconds: 5,
    folder: 'models/martsy',
  },
  {
    id: 'exposure.shop.board',
    name: 'board',
    type: 'exposure',

    parents: [1],
  },
]
const model = modelOf({ ...madeUp(1), nodes })
const found = (filter: Partial<typeof NO_FILTER>) =>
  model.ran.filter(matcher({ ...NO_FILTER, ...filter })).map(({ name }) => name)

describe('a filter', () => {
  test('searches names, ids and messages for each word', () => {
    expect(found({ q: 'bills UNIQUE' })).toEqual(['unique_bills'])
    expect(found({ q: 'no column total' })).toEqual(['orders'])
    expect(found({ q: 'orders raw' })).toEqual([])
  })
  test('takes a folder with what is below it, not one whose name begins so', () => {
    expect(found({ folder: 'models/marts' })).toEqual(['orders', 'bills', 'unique_bills'])
  })
  test('takes status, type and tag', () => {
    expect(found({ status: 'skipped' })).toEqual(['bills', 'unique_bills'])
    expect(found({ status: 'skipped', type: 'test' })).toEqual(['unique_bills'])
    expect(found({ tag: 'nightly' })).toEqual(['orders'])
  })
})

test('nodes without a value are last in both directions', () => {
  const names = (sort: string) => sorted(model.ran, sort).map(({ name }) => name)
  expect(names('time').slice(0, 2)).toEqual(['orders', 'raw'])
  expect(names('-time').slice(0, 2)).toEqual(['raw', 'orders'])
  expect(names('nonsense')).toEqual(names(''))
})

test('failures are first, and a node that was not selected is not in the table', () => {
  expect(model.ran.map(({ name }) => name)).toEqual(['orders', 'bills', 'unique_bills', 'raw'])
})

describe('a failure names the exposures that it feeds', () => {
  const feeds = (nodes: PageNode[]) => modelOf({ ...madeUp(1), nodes }).items.map(feedsText)
  const failed: PageNode = { id: 'model.shop.orders', status: 'error' }
  const skipped: PageNode = { id: 'model.shop.bills', status: 'skipped', cause: 0, parents: [0] }
  const exposure = (name: string): PageNode => ({ id: `exposure.shop.${name}`, parents: [1] })

  test('also where they are not part of the run', () => {
    expect(feeds([failed, skipped, exposure('board')])).toEqual(['feeds exposure board', '', ''])
    expect(feeds([failed, skipped, exposure('a'), exposure('b')])[0]).toBe('feeds exposures a and b')
    const many = ['a', 'b', 'c', 'd', 'e'].map(exposure)
    expect(feeds([failed, skipped, ...many])[0]).toBe('feeds exposures a, b, c and others')
  })
  test('but not those that are among what it blocks', () => {
    const blocked = { ...exposure('board'), status: 'skipped', cause: 0 }
    expect(feeds([failed, skipped, blocked])[0]).toBe('')
  })
})

test('a name that two nodes have is no key', () => {
  const twin: PageNode = {
    id: 'model.other.raw',
    name: 'raw',
    type: 'model',
    status: 'success',
  }
  const { byKey } = modelOf({ ...madeUp(1), nodes: [...nodes, twin] })
  expect(byKey.get('raw')).toBeUndefined()
  expect(byKey.get('model.other.raw')?.index).toBe(5)
})

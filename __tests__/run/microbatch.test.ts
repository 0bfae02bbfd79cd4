import { expect, test } from 'vitest'
import { reselect, reselectByFile } from '../../src/dbt/selection.ts'
import { type SelectionPart, selectionOfParts } from '../../src/run/microbatch.ts'

const part = (uniqueId: string, microbatch = false, span?: [string, string]): SelectionPart => ({
  uniqueId,
  selector: uniqueId,
  microbatch,
  failedBatches: span && { start: span[0], end: span[1] },
})
const MAY = ['2026-05-03T00:00:00', '2026-05-04T00:00:00'] as [string, string]
const JUNE = ['2026-06-01T00:00:00', '2026-06-03T00:00:00'] as [string, string]

test('without failed batches a selection is what it was', () => {
  expect(selectionOfParts([part('a'), part('b', true)])).toEqual({
    selectors: ['a', 'b'],
    exact: true,
    ids: ['a', 'b'],
  })
})

test('failed batches choose the event time, which leaves out models that never ran', () => {
  const selection = selectionOfParts([
    part('a', true, JUNE),
    part('b', true),
    part('c'),
    part('d', true, MAY),
  ])
  expect(selection).toMatchObject({ ids: ['a', 'c', 'd'], eventTime: { start: MAY[0], end: JUNE[1] } })
  const options = `--event-time-start ${MAY[0]} --event-time-end ${JUNE[1]} --indirect-selection empty`
  expect(reselect(['build', '-s', 'x'], selection).join(' ')).toBe(`build ${options} --select a c d`)
  const byFile = reselectByFile(['build'], '/f', {}, selection.eventTime).join(' ')
  expect(byFile).toBe(`build ${options} --state /f --select result:error`)
})

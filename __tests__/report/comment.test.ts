import fc from 'fast-check'
import { describe, expect, it, test } from 'vitest'
import {
  commentBody,
  isCommentOf,
  readComment,
  readStarted,
  startedBody,
  wasTicked,
} from '../../src/report/comment.ts'

const result = { checkName: 'dbt-watcher (eu, 1.11)', runId: '77', body: '### 1 failed\n\ndetails' }
const tick = (body: string) => body.replaceAll('- [ ]', '- [x]')

describe('the marked comment', () => {
  it('is read back, whatever the names and texts in it', () => {
    const line = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        '-->',
        '--',
        "- [x] <!-- dbt-watcher:rerun --> Run the nodes that haven't succeeded",
        'a run=1 -->',
      ),
    )
    const text = fc.array(line).map((lines) => lines.join('\n'))
    fc.assert(
      fc.property(fc.string({ unit: 'binary', minLength: 1 }), text, (checkName, body) => {
        const made = commentBody({ checkName, runId: '5', body })
        expect(isCommentOf(checkName, made)).toBe(true)
        expect(made.split('\n')[0]?.slice(4, -3)).not.toContain('--')
        expect(readComment(made)).toEqual({ checkName: checkName.toWellFormed(), runId: '5', ticked: false })
      }),
    )
  })

  it('fits into a comment of GitHub', () => {
    const made = commentBody({ ...result, body: 'é'.repeat(40_000) })
    expect(made.length).toBeLessThan(65_536)
    expect(made).toContain('The rest is left out')
    expect(readComment(made)).toMatchObject({ runId: '77' })
  })

  it('belongs to one check-name', () => {
    expect(isCommentOf('dbt-watcher', commentBody(result))).toBe(false)
    expect(isCommentOf(result.checkName, `> ${commentBody(result)}`)).toBe(false)
  })
})

describe('a tick', () => {
  const before = commentBody(result)
  test.each([
    ['the box', before, tick(before), true],
    ['the box, by a browser', before, tick(before).replaceAll('\n', '\r\n'), true],
    ['unticking', tick(before), before, false],
    ['an edit of a ticked comment', tick(before), `${tick(before)}\n`, false],
    ['no change', before, before, false],
    ['another run', before, tick(before).replace('run=77', 'run=78'), false],
    ['another check', before, tick(before).replace('1.11', '1.12'), false],
    ['a marker that is new', 'text', tick(before), false],
    ['no marker any more', before, tick(before).replace('<!-- dbt-watcher: ', '<!-- '), false],
    ['a box that a project printed', before, before.replace('details', tick(before)), false],
    ['text after the box', before, `${tick(before)}\nmore`, false],
  ])('%s', (_, from, to, ticked) => expect(wasTicked(from, to)).toBe(ticked))
})

describe('an answer', () => {
  const started = { runId: '12', head: 'a'.repeat(40), commit: 'b'.repeat(40), rerun: true }

  it('is read back and links to the runs', () => {
    const said = { what: '/dbt rerun a+', url: 'https://x/12', continues: { id: '9', url: 'https://x/9' } }
    const made = startedBody(started, said)
    expect(readStarted(made)).toEqual(started)
    expect(made).toContain(
      'Started [`run 12`](https://x/12), which continues [`run 9`](https://x/9): `/dbt rerun a+` on `bbbbbbb`.',
    )
  })

  it('remembers no run that GitHub did not name', () => {
    const made = startedBody({ ...started, runId: undefined }, { what: '/dbt run', url: 'https://x' })
    expect(readStarted(made)).toBeUndefined()
    expect(made).toBe('Started [`a run`](https://x): `/dbt run` on `bbbbbbb`.')
  })

  it('is none where a marker stands within', () => {
    expect(readStarted(`text\n${startedBody(started, { what: '', url: '' })}`)).toBeUndefined()
  })
})

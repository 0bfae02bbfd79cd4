import { describe, expect, it, test } from 'vitest'
import { readCommand, requestOf } from '../../src/comment/commands.ts'
import { commentBody } from '../../src/report/comment.ts'

describe('what is a command', () => {
  test.each([
    ['/dbt rerun', 'rerun', ''],
    ['/dbt rerun \r\n', 'rerun', ''],
    ['/dbt rerun stg_orders+ tag:nightly', 'rerun', 'stg_orders+ tag:nightly'],
    ['/dbt build  stg_orders+', 'build', 'stg_orders+'],
    ['/dbt test', 'test', ''],
    ['/dbt run 1+orders+2 @customers', 'run', '1+orders+2 @customers'],
    ['/dbt seed path:seeds/raw,tag:a', 'seed', 'path:seeds/raw,tag:a'],
    ['/dbt snapshot *.bikes.*', 'snapshot', '*.bikes.*'],
    [
      '/dbt rerun fqn:shop.orders,path:models/orders.sql,resource_type:model',
      'rerun',
      'fqn:shop.orders,path:models/orders.sql,resource_type:model',
    ],
  ])('%j', (body, name, select) => expect(readCommand(body)).toEqual({ name, select }))
})

describe('what is none', () => {
  test.each([
    [''],
    ['/dbt'],
    ['/dbt '],
    ['/dbtrerun'],
    ['/dbt rerunning'],
    ['/dbt Rerun'],
    [' /dbt rerun'],
    ['please /dbt rerun'],
    ['/dbt rerun, please'],
    ['> /dbt rerun'],
    ['`/dbt rerun`'],
    ['```\n/dbt rerun\n```'],
    ['    /dbt rerun'],
    ['/dbt rerun\nthanks'],
    ['/dbt rerun\n\n/dbt build'],
    ['/dbt rerun\rmore'],
    ['/dbt rerun\u2028more'],
    ['/dbt rerun a\tb'],
    // Other commands of dbt's.
    ['/dbt run-operation drop_all'],
    ['/dbt deps'],
    ['/dbt clean'],
    ['/dbt compile'],
    ['/dbt clone'],
    ['/dbt toString'],
    // Flags.
    ['/dbt build --vars {a:1}'],
    ['/dbt build -s orders'],
    ['/dbt build orders --full-refresh'],
    ['/dbt build --target=prod'],
    ['/dbt build \u2212s orders'],
    ['/dbt build \u2013\u2013vars'],
    // Shells, workflow commands and expressions.
    ['/dbt build $(id)'],
    ['/dbt build `id`'],
    ['/dbt build a;id'],
    ['/dbt build a|id'],
    ['/dbt build a&&id'],
    ['/dbt build a>b'],
    ["/dbt build 'a'"],
    ['/dbt build "a"'],
    ['/dbt build a\\'],
    ['/dbt build $' + '{{secrets.X}}'],
    ['/dbt build ::set-output::'],
    ['/dbt build !a'],
    ['/dbt build ~/x'],
    ['/dbt build /etc/passwd'],
    ['/dbt build a=b'],
    ['/dbt build %0a'],
    ['/dbt build <b>'],
    ['/dbt build {a,b}'],
    // Looks like it, and is something else.
    ['/dbt r\u0435run'],
    ['\uff0fdbt rerun'],
    ['/dbt\u00a0rerun'],
    ['/dbt\u2003rerun'],
    ['/dbt rerun \u202eabc'],
    ['/dbt rerun a\u200b'],
    ['\ufeff/dbt rerun'],
    ['/dbt build \u043erders'],
    ['/dbt build a\u0000'],
    ['/dbt build caf\u00e9'],
    // Too much.
    [`/dbt build ${'a '.repeat(10_000)}`],
    [`/dbt build ${Array(51).fill('a').join(' ')}`],
    [`/dbt build ${'a'.repeat(251)}`],
    [`/dbt rerun${' '.repeat(1_000_000)}`],
  ])('%j', (body) => expect(readCommand(body)).toBeUndefined())

  it('is told in no time', () => {
    const began = performance.now()
    for (const body of [`/dbt ${' '.repeat(13_000)}x\n`, `/dbt a${' \n'.repeat(6_000)}`]) readCommand(body)
    expect(performance.now() - began).toBeLessThan(100)
  })
})

describe('whose comment is read', () => {
  const BOT = { login: 'github-actions[bot]', type: 'Bot' }
  const ANN = { login: 'ann', type: 'User' }
  const issue = { number: 3, state: 'open', pull_request: { url: 'https://x' } }
  const comment = { id: 9, body: '/dbt rerun', user: ANN }
  const event = { action: 'created', issue, comment, sender: ANN }
  const marked = commentBody({ checkName: 'dbt-watcher', runId: '1', body: '' })
  const ticked = { ...comment, user: BOT, body: marked.replace('[ ]', '[x]') }
  const tick = { action: 'edited', issue, comment: ticked, sender: ANN, changes: { body: { from: marked } } }
  const wanted = { command: { name: 'rerun', select: '' }, pull: 3, commentId: 9, author: 'ann' }

  it('a command of a person, and a tick', () => {
    expect(requestOf(event)).toEqual(wanted)
    expect(requestOf(tick)).toEqual(wanted)
  })

  test.each([
    ['an issue', { ...event, issue: { number: 3, state: 'open' } }, 'not on a pull request'],
    ['a closed one', { ...event, issue: { ...issue, state: 'closed' } }, 'not open'],
    ['a bot', { ...event, sender: BOT, comment: { ...comment, user: BOT } }, 'not from bots'],
    ['a bot for a person', { ...event, sender: BOT }, 'not from bots'],
    ["a person in a bot's name", { ...event, comment: { ...comment, user: BOT } }, 'not from bots'],
    ['an organization', { ...event, sender: { ...ANN, type: 'Organization' } }, 'not from bots'],
    ['another person', { ...event, sender: { ...ANN, login: 'bob' } }, 'not from bots'],
    ['an edited command', { ...event, action: 'edited', changes: { body: { from: 'x' } } }, 'no command'],
    ['a deleted one', { ...event, action: 'deleted' }, 'Only new comments'],
    ['other text', { ...event, comment: { ...comment, body: 'hello' } }, 'no command'],
    ['a tick by a bot', { ...tick, sender: BOT }, 'not from bots'],
    ["a tick in a person's copy", { ...tick, comment: { ...ticked, user: ANN } }, 'no command'],
    [
      "another app's comment",
      { ...tick, comment: { ...ticked, user: { ...BOT, login: 'x[bot]' } } },
      'no command',
    ],
    ['a tick without a before', { ...tick, changes: {} }, 'no box'],
    [
      'unticking',
      { ...tick, comment: { ...ticked, body: marked }, changes: { body: { from: ticked.body } } },
      'no box',
    ],
    ['nothing', undefined, 'not of a comment'],
    ['anything', { issue: [], comment: 'x', sender: 1 }, 'not of a comment'],
  ])('not %s', (_, payload, why) => expect(requestOf(payload)).toContain(why))
})

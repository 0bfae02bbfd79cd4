/** What other CI systems read, read back as each of them does, also where the text is hostile. */
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import type { Annotation } from '../../../src/report/annotation.ts'
import { AZURE_GROUP_END, azureGroup, azureIssues, azureSummary } from '../../../src/report/ci/azure.ts'
import { bitbucketAnnotations, bitbucketReport } from '../../../src/report/ci/bitbucket.ts'
import { BUILDKITE_LIMIT, buildkiteAnnotation, buildkiteGroup } from '../../../src/report/ci/buildkite.ts'
import { githubGroup } from '../../../src/report/ci/github.ts'
import { gitlabAnnotations, gitlabSection, gitlabSectionEnd } from '../../../src/report/ci/gitlab.ts'
import { ciHost } from '../../../src/report/ci/host.ts'
import { teamcityArtifact, teamcityBlock, teamcityResult } from '../../../src/report/ci/teamcity.ts'
import { inert } from '../../../src/report/text.ts'

const FAILURE: Annotation = {
  path: 'models/a b;c].sql',
  line: 3,
  level: 'failure',
  title: 'model a: error',
  message: '50% of\r\nrows; [x] | it\'s "é"',
}
const WARNING: Annotation = { ...FAILURE, level: 'warning', path: '' }

/** Pieces of which commands are made, and everything else. */
const hostile = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        '##vso[',
        '##[',
        '##teamcity[',
        ']',
        ';',
        "'",
        '|',
        '\n',
        '\r',
        '%0A',
        '%AZP25',
        '::error::',
      ),
      fc.constantFrom(
        'section_start:1:x',
        '\u001b[0K',
        '--- ',
        'task.setvariable variable=x',
        '=',
        '[',
        '\u2028',
      ),
      fc.string({ unit: 'binary' }),
    ),
  )
  .map((parts) => parts.join(''))
const annotation = fc.record<Annotation>({
  path: hostile,
  line: fc.nat(),
  level: fc.constantFrom('failure', 'warning'),
  title: hostile,
  message: hostile,
})

/** https://github.com/microsoft/azure-pipelines-agent/blob/master/src/Agent.Sdk/CommandStringConvertor.cs */
function azureCommand(line: string) {
  const start = line.indexOf('##vso[')
  const end = line.indexOf(']', start)
  if (start < 0 || end < 0) return undefined
  const decoded = (text: string) =>
    text
      .replaceAll('%3B', ';')
      .replaceAll('%0D', '\r')
      .replaceAll('%0A', '\n')
      .replaceAll('%5D', ']')
      .replaceAll('%AZP25', '%')
  const [name, list = ''] = line.slice(start + 6, end).split(/ (.*)/s)
  const pairs = list.split(';').filter(Boolean)
  const properties = pairs.map((pair) => pair.split(/=(.*)/s).map(decoded).slice(0, 2) as [string, string])
  return { name, properties: Object.fromEntries(properties), data: decoded(line.slice(end + 1)) }
}

/** https://www.jetbrains.com/help/teamcity/service-messages.html */
function teamcityMessage(line: string) {
  const [, name, list = ''] = /^##teamcity\[(\w+) (.*)\]$/s.exec(line) ?? []
  const decoded = (text: string) =>
    text.replace(/\|(0x([0-9a-f]{4})|[\s\S])/g, (_, code: string, hex?: string) =>
      hex ? String.fromCharCode(Number.parseInt(hex, 16)) : ({ n: '\n', r: '\r' }[code] ?? code),
    )
  const value = "'((?:[^'|\\n\\r[\\]]|\\|0x[0-9a-f]{4}|\\|[nr|'[\\]])*)'"
  const whole = new RegExp(`^(?:(?:\\w+=)?${value}\\s*)*$`)
  if (!name || !whole.test(list)) return undefined
  const pairs = [...list.matchAll(new RegExp(`(?:(\\w+)=)?${value}`, 'g'))]
  return { name, values: Object.fromEntries(pairs.map(([, key = '', text = '']) => [key, decoded(text)])) }
}

test('an environment belongs to one CI system at most', () => {
  expect(ciHost({ GITLAB_CI: 'true', CI: 'true' })).toBe('gitlab')
  expect(ciHost({ TF_BUILD: 'True' })).toBe('azure')
  expect(ciHost({ BUILDKITE: 'true' })).toBe('buildkite')
  expect(ciHost({ TEAMCITY_VERSION: '2025.11' })).toBe('teamcity')
  expect(ciHost({ BITBUCKET_BUILD_NUMBER: '7' })).toBe('bitbucket')
  expect(ciHost({ CI: 'true', GITHUB_ACTIONS: 'true', GITEA_ACTIONS: 'true', GITLAB_CI: '' })).toBe('github')
  expect(ciHost({ CI: 'true', JENKINS_URL: 'https://ci', GITLAB_CI: '' })).toBeUndefined()
})

test('what dbt prints is no command of any of them', () => {
  fc.assert(
    fc.property(hostile, (text) => {
      for (const line of inert(text).split('\n')) {
        expect(line).not.toMatch(/##\w*\[/)
        expect(line).not.toContain('\u001b[0K')
        expect(azureCommand(line)).toBeUndefined()
      }
    }),
  )
})

describe('Azure', () => {
  test('an issue has its place and its text', () => {
    const [line = '', plain = ''] = azureIssues([FAILURE, WARNING])
    expect(line).toBe(
      '##vso[task.logissue type=error;sourcepath=models/a b%3Bc%5D.sql;linenumber=3;]' +
        'model a: error%0A50%AZP25 of%0D%0Arows; [x] | it\'s "é"',
    )
    expect(azureCommand(plain)).toMatchObject({ name: 'task.logissue', properties: { type: 'warning' } })
    expect(azureSummary('/a/b.md')).toBe('##vso[task.uploadsummary]/a/b.md')
    expect([azureGroup('dbt build\n##[error]'), AZURE_GROUP_END]).toEqual([
      '##[group]dbt build #\u200b#[error]',
      '##[endgroup]',
    ])
  })

  test('ten of each level', () => {
    const lines = azureIssues([...Array(30).fill(FAILURE), ...Array(30).fill(WARNING)])
    expect(lines.map((line) => azureCommand(line)?.properties.type)).toEqual([
      ...Array(10).fill('error'),
      ...Array(10).fill('warning'),
    ])
  })

  test('whatever the text, it is one command on one line', () => {
    fc.assert(
      fc.property(annotation, (given) => {
        const [line = ''] = azureIssues([given])
        expect(line).not.toMatch(/[\n\r]/)
        const { level, path, title, message } = given
        const place = path ? { sourcepath: path, linenumber: String(given.line) } : {}
        expect(azureCommand(line)).toEqual({
          name: 'task.logissue',
          properties: { type: level === 'failure' ? 'error' : 'warning', ...place },
          data: `${title}\n${message}`,
        })
      }),
    )
  })
})

describe('TeamCity', () => {
  test('failures are build problems only where the step fails', () => {
    const problems = (failed: boolean) =>
      teamcityResult([FAILURE, WARNING], '1 failed', failed).map(teamcityMessage)
    expect(problems(true)).toEqual([
      {
        name: 'buildProblem',
        values: { description: `model a: error\nmodels/a b;c].sql:3\n${FAILURE.message}` },
      },
      { name: 'message', values: { text: `model a: error\n${FAILURE.message}`, status: 'WARNING' } },
      { name: 'buildStatus', values: { text: '{build.status.text}; 1 failed' } },
    ])
    expect(problems(false).map((message) => message?.name)).toEqual(['message', 'message', 'buildStatus'])
    expect(teamcityMessage(teamcityArtifact('a [b].html'))).toEqual({
      name: 'publishArtifacts',
      values: { '': 'a [b].html' },
    })
  })

  test('whatever the text, it is one message on one line', () => {
    fc.assert(
      fc.property(annotation, hostile, (given, title) => {
        for (const line of [...teamcityResult([given], title, true), teamcityBlock(title)]) {
          expect(line).toMatch(/^[ -~]+$/)
          expect(teamcityMessage(line), line).toBeDefined()
        }
        expect(teamcityMessage(teamcityBlock(title))?.values.name).toBe(title)
      }),
    )
  })
})

describe('GitLab', () => {
  test('a section is what the log reads', () => {
    expect(gitlabSection('dbt 1', 'dbt build\nx', 1_700_000_000_123)).toBe(
      '\u001b[0Ksection_start:1700000000:dbt_1\r\u001b[0Kdbt build x',
    )
    expect(gitlabSectionEnd('dbt 1', 1_700_000_001_000)).toBe(
      '\u001b[0Ksection_end:1700000001:dbt_1\r\u001b[0K',
    )
  })

  test('a title opens no section of its own', () => {
    // https://gitlab.com/gitlab-org/gitlab/-/blob/master/lib/gitlab/regex.rb, logs_section_prefix_regex
    // biome-ignore lint/suspicious/noControlCharactersInRegex: a part of the marker
    const marker = /section_(start|end):(\d+):([\w.-]+)(\[[\w,= ]*\])?\r\u001b\[0K/g
    fc.assert(
      fc.property(hostile, (title) => {
        expect([...gitlabSection('dbt', title, 0).matchAll(marker)]).toHaveLength(1)
      }),
    )
  })

  test('links of a job, reports first, the addresses encoded', () => {
    const project = { url: 'https://gitlab.com/acme/shop', sha: 'abc' }
    const report = { label: 'dbt-watcher report', url: 'https://gitlab.com/x' }
    expect(JSON.parse(gitlabAnnotations([report], [FAILURE, WARNING], project))).toEqual({
      'dbt-watcher': [
        { external_link: report },
        {
          external_link: {
            label: 'model a: error',
            url: 'https://gitlab.com/acme/shop/-/blob/abc/models/a%20b%3Bc%5D.sql#L3',
          },
        },
      ],
    })
    const long = { ...FAILURE, path: 'é'.repeat(5000) }
    const text = gitlabAnnotations([], Array(30).fill(long), project)
    expect(Buffer.byteLength(text)).toBeLessThanOrEqual(80 * 1024)
    expect(JSON.parse(text)['dbt-watcher'].length).toBeGreaterThan(1)
    expect(JSON.parse(gitlabAnnotations([], Array(30).fill(FAILURE), project))['dbt-watcher']).toHaveLength(
      20,
    )
  })

  test('whatever the text, it is links into the project', () => {
    fc.assert(
      fc.property(fc.array(annotation), (given) => {
        const { 'dbt-watcher': links } = JSON.parse(
          gitlabAnnotations([], given, { url: 'https://gitlab.com/acme/shop', sha: 'abc' }),
        )
        for (const { external_link } of links) {
          expect(external_link.url).toMatch(/^https:\/\/gitlab\.com\/acme\/shop\/-\/blob\/abc\/[!-~]*$/)
        }
      }),
    )
  })
})

test('GitHub', () => {
  expect(githubGroup('dbt build 50%25\n::error::x')).toBe('::group::dbt build 50%2525 ::error::x')
})

test('Buildkite', () => {
  expect(buildkiteGroup('dbt build\n+++ x')).toBe('--- dbt build +++ x')
  const { words, body } = buildkiteAnnotation('shop', 'step-1', 'failed', 'é'.repeat(BUILDKITE_LIMIT))
  expect(words).toEqual(['buildkite-agent', 'annotate', '--style', 'error', '--context', 'shop step-1'])
  expect(Buffer.byteLength(body)).toBeLessThanOrEqual(BUILDKITE_LIMIT)
  expect(body.endsWith('é')).toBe(true)
  expect(buildkiteAnnotation('shop', '', 'warn', '').words).toContain('warning')
})

test('Bitbucket', () => {
  const counts = {
    total: 9,
    success: 5,
    warn: 1,
    failed: 1,
    skipped: 2,
    cancelled: 0,
    running: 0,
    waiting: 0,
  }
  expect(bitbucketReport('shop', '1 failed', counts, true)).toMatchObject({
    title: 'shop',
    result: 'FAILED',
    report_type: 'TEST',
    data: [{ title: 'failed', type: 'NUMBER', value: 1 }, {}, {}, {}, {}],
  })
  const long = { ...FAILURE, title: 't'.repeat(1000), message: 'm'.repeat(9000) }
  const batches = bitbucketAnnotations(Array(1500).fill(long))
  expect(batches.map((batch) => batch.length)).toEqual(Array(10).fill(100))
  const all = batches.flat()
  expect(new Set(all.map((one) => one.external_id)).size).toBe(1000)
  expect(Math.max(...all.map((one) => one.summary.length))).toBe(450)
  expect(Math.max(...all.map((one) => one.details.length))).toBe(2000)
  expect(bitbucketAnnotations([WARNING])[0]?.[0]).not.toHaveProperty('path')
  expect(bitbucketAnnotations([])).toEqual([])
})

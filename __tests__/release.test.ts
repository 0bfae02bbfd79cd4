/** script/release in a throw-away repository whose origin is a folder. */
import { execFileSync, spawnSync } from 'node:child_process'
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { parse } from 'yaml'

const ROOT = join(import.meta.dirname, '..')

const CHANGELOG = `# Changelog

## [Unreleased]

## [1.2.0] - 2026-11-25

### Added

- Second.

## [1.1.0] - 2026-11-01

- First.

[1.2.0]: https://example.com
`

/** A repository on main, pushed, whose dist/ belongs to its src/. */
function repository({ onTestFinished }: { onTestFinished(done: () => void): void }, version = '1.2.0') {
  const temp = mkdtempSync(join(tmpdir(), 'dbt-watcher-release-'))
  onTestFinished(() => rmSync(temp, { recursive: true, force: true }))
  const folder = join(temp, 'work')
  const env = {
    ...{ PATH: process.env.PATH, HOME: temp, GIT_CONFIG_NOSYSTEM: '1' },
    ...{ GIT_AUTHOR_NAME: 'a', GIT_AUTHOR_EMAIL: 'a@b', GIT_COMMITTER_NAME: 'a', GIT_COMMITTER_EMAIL: 'a@b' },
  }
  const git = (...words: string[]) => execFileSync('git', words, { cwd: folder, env, encoding: 'utf8' })
  const write = (path: string, text: string, mode = 0o644) =>
    writeFileSync(join(folder, path), text, { mode })
  mkdirSync(join(folder, 'script'), { recursive: true })
  execFileSync('git', ['init', '--quiet', '--bare', join(temp, 'origin')])
  git('init', '--quiet', '--initial-branch', 'main')
  git('remote', 'add', 'origin', join(temp, 'origin'))
  copyFileSync(join(ROOT, 'script/release'), join(folder, 'script/release'))
  write('script/check-dist', '#!/bin/sh\n[ "$(cat dist)" = "$(cat src)" ]\n', 0o755)
  for (const name of ['dist', 'src']) write(name, 'the same')
  write('package.json', JSON.stringify({ version }))
  write('CHANGELOG.md', CHANGELOG)
  const commit = () => {
    git('add', '.')
    git('commit', '--quiet', '--message', 'A change')
    git('push', '--quiet', 'origin', 'main')
  }
  commit()
  const release = (...words: string[]) => {
    const script = join(folder, 'script/release')
    const { status, stdout, stderr } = spawnSync(script, words, { cwd: folder, env, encoding: 'utf8' })
    return { status, log: stdout + stderr }
  }
  const tags = () =>
    Object.fromEntries(
      git('ls-remote', '--tags', 'origin')
        .trim()
        .split('\n')
        .filter(Boolean)
        .map((line) => line.split('\t').reverse() as [string, string]),
    )
  return { git, write, commit, release, tags, head: () => git('rev-parse', 'HEAD').trim() }
}

test('--dry-run checks everything and changes nothing', (context) => {
  const { release, tags, git } = repository(context)
  const { status, log } = release('--dry-run')
  expect(status, log).toBe(0)
  expect(log).toContain('would run: git tag --annotate v1.2.0')
  expect(log).toContain('would run: git push origin refs/tags/v1.2.0')
  expect(tags()).toEqual({})
  expect(git('tag')).toBe('')
})

test('tags and pushes once, then moves the major tag to the commit', (context) => {
  const { release, tags, head, git } = repository(context)
  expect(release()).toMatchObject({ status: 0 })
  expect(tags()['refs/tags/v1.2.0^{}']).toBe(head())
  expect(release().log).toContain('v1.2.0 exists already')

  expect(release('major-tag', '--dry-run').log).toContain(
    'would run: git push --force origin HEAD:refs/tags/v1',
  )
  expect(tags()['refs/tags/v1']).toBeUndefined()
  git('push', '--quiet', 'origin', 'HEAD:refs/tags/v1.10.0-rc.1')
  expect(release('major-tag')).toMatchObject({ status: 0 })
  expect(tags()['refs/tags/v1']).toBe(head())
})

test('an update of an older line leaves the major tag where it is', (context) => {
  const { release, tags, git, write, commit, head } = repository(context)
  git('push', '--quiet', 'origin', 'HEAD:refs/tags/v1.10.0', 'HEAD:refs/tags/v1')
  const before = head()
  write('more', '')
  commit()
  expect(release()).toMatchObject({ status: 0 })
  expect(release('major-tag').log).toContain(
    'v1 stays: 1.2.0 is not the newest version of v1, which is 1.10.0',
  )
  expect(tags()['refs/tags/v1']).toBe(before)
})

test('the notes are the section of the version', (context) => {
  const { release } = repository(context)
  expect(release('notes').log).toBe('### Added\n\n- Second.\n\n')
})

test.for<[string, string, (made: ReturnType<typeof repository>) => void, string?]>([
  ['a change that is not committed', 'not committed', ({ write }) => write('more', '')],
  [
    'a commit that is not pushed',
    'pull or push first',
    ({ git }) => git('commit', '--allow-empty', '-qm', 'x'),
  ],
  ['another branch', 'the branch is not main', ({ git }) => git('switch', '--quiet', '--create', 'other')],
  ['a version without a section', 'has no section "## [1.3.0]', () => {}, '1.3.0'],
  ['a version that is not one', 'which is not X.Y.Z', () => {}, '1.2.0-rc.1'],
  [
    'dist/ of other sources',
    'script/build',
    ({ write, commit }) => {
      write('src', 'changed')
      commit()
    },
  ],
  [
    'an empty section',
    'is empty',
    ({ write, commit }) => {
      write('CHANGELOG.md', '## [1.2.0] - 2026-11-25\n\n## [1.1.0] - 2026-01-01\n\n- x\n')
      commit()
    },
  ],
])('refuses %s', ([, message, change, version], context) => {
  const made = repository(context, version)
  change(made)
  const { status, log } = made.release()
  expect(log).toContain(message)
  expect(status).toBe(1)
  expect(made.tags()).toEqual({})
})

test('verify refuses a tag of another version', (context) => {
  const { release } = repository(context)
  expect(release('verify', 'v1.2.0')).toMatchObject({ status: 0 })
  expect(release('verify', 'v1.2.1')).toMatchObject({ status: 1, log: expect.stringContaining('v1.2.1') })
})

test('release.yml publishes what it built, in an order that can be repeated', () => {
  const { jobs } = parse(readFileSync(join(ROOT, '.github/workflows/release.yml'), 'utf8'))
  const runs = (job: string): string =>
    jobs[job].steps.map((step: { run?: string }) => step.run ?? '').join('\n')
  expect(runs('packages')).toContain('script/release verify "$GITHUB_REF_NAME"\nscript/package')
  expect(runs('release')).toMatch(/script\/release notes[\s\S]+--verify-tag[\s\S]+script\/release major-tag/)
  expect([jobs.npm.needs, jobs.pypi.needs, jobs.release.needs]).toEqual([
    'packages',
    'packages',
    ['npm', 'pypi'],
  ])
  // The jobs that may publish run none of our code.
  expect(jobs.npm.permissions).toEqual({ 'id-token': 'write' })
  expect(jobs.pypi.permissions).toEqual({ 'id-token': 'write' })
  expect(jobs.packages.permissions).toBeUndefined()
})

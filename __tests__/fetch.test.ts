import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http'
import type { AddressInfo } from 'node:net'
import { text } from 'node:stream/consumers'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { fetch, type HttpAnswer, type Init } from '../src/fetch.ts'

let server: Server
let url = ''

beforeAll(async () => {
  server = createServer((request, response) => void answer(request, response))
  await new Promise<void>((done) => server.listen(0, '127.0.0.1', done))
  url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`
})
afterAll(() => server.close())

async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { method, url: path, headers } = request
  if (path === '/moved') response.writeHead(307, { location: '/there' }).end()
  else if (path === '/half') response.writeHead(200, { 'content-length': '100' }).write('{')
  else if (path === '/slow') response.writeHead(200).write('{')
  else if (path === '/packed') {
    expect(headers['accept-encoding']).toBe('gzip')
    response.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync('a long list'))
  } else if (path === '/damaged') response.writeHead(200, { 'content-encoding': 'gzip' }).end('no gzip')
  else if (path !== '/never') {
    const body = await text(request)
    response.writeHead(path === '/missing' ? 404 : 200, { 'X-Left': '7', 'content-type': 'application/json' })
    response.end(JSON.stringify({ method, path, body, token: headers.authorization }))
  }
  if (path === '/half') setTimeout(() => response.destroy(), 20)
}

const ask = async (path: string, init?: Init) => (await fetch(`${url}${path}`, init)) as HttpAnswer

test('what is sent, and what comes back', async () => {
  const answer = await ask('/a', { method: 'POST', body: '{"é":1}', headers: { authorization: 'token x' } })
  expect(answer).toMatchObject({ status: 200, statusText: 'OK', url: `${url}/a` })
  expect([...answer.headers]).toContainEqual(['x-left', '7'])
  expect(answer.headers.get('content-type')).toBe('application/json')
  const sent = { method: 'POST', path: '/a', body: '{"é":1}', token: 'token x' }
  expect(JSON.parse(await answer.text())).toEqual(sent)
  expect(JSON.parse(new TextDecoder().decode(await answer.arrayBuffer()))).toEqual(sent)
})

test('an answer that is packed', async () => {
  expect(await (await ask('/packed')).text()).toBe('a long list')
  await expect(ask('/damaged')).rejects.toThrow('incorrect header check')
})

test('an answer that is no success is no error', async () => {
  expect(await ask('/missing')).toMatchObject({ status: 404, statusText: 'Not Found' })
})

test('a redirect is followed, with all that was sent', async () => {
  const answer = await ask('/moved', { method: 'POST', body: 'b', headers: { authorization: 'token x' } })
  expect(JSON.parse(await answer.text())).toMatchObject({
    method: 'POST',
    path: '/there',
    body: 'b',
    token: 'token x',
  })
})

test('an answer that ends too early is an error', async () => {
  await expect(ask('/half')).rejects.toMatchObject({ code: 'ECONNRESET' })
})

test.each(['/never', '/slow'])('a time limit is over: %s', async (path) => {
  await expect(ask(path, { signal: AbortSignal.timeout(100) })).rejects.toMatchObject({
    name: 'TimeoutError',
  })
})

test('no connection has the code that says so', async () => {
  await expect(fetch('http://127.0.0.1:9/')).rejects.toMatchObject({ code: 'ECONNREFUSED' })
})

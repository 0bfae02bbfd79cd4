import {} from './inputs.ts'

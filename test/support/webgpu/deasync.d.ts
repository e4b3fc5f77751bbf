declare module 'deasync' {
  const deasync: { runLoopOnce(): void };
  export default deasync;
}

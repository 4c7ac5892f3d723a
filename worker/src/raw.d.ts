/** The text of a file, by Vite; only in tests. */
declare module '*?raw' {
  const text: string;
  export default text;
}

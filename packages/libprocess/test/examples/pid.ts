import { PID, Process, Runtime, isProcessId } from '@mesos-ts/libprocess';

class Greeter extends Process {}

// As text, as it comes from a configuration file or a command line.
const pid = PID.parse('greeter@10.0.0.7:5050');
console.log(pid.id, 'at', pid.address);
console.log('same:', pid.equals(new PID('greeter', '10.0.0.7:5050')));
console.log('an IPv6 address:', PID.parse('greeter@[0:0::1]:5050').toString());
console.log('a name with a space:', isProcessId('two words'));

// As the runtime makes it: named by the actor, or numbered by its class.
await using runtime = new Runtime();
console.log(runtime.spawn(new Greeter('greeter')).id);
console.log(runtime.spawn(new Greeter()).id);
console.log(runtime.spawn(new Greeter()).id);

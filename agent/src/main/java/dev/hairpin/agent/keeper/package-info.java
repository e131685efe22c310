/**
 * Listening sockets that outlive the agent. They wait in queues in the kernel, which a process that
 * does nothing else keeps; the next agent finds that process and serves the sockets on.
 */
package dev.hairpin.agent.keeper;

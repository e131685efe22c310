/** Says what a host's rules will do to a packet, with none sent. */
package dev.hairpin.agent.walk;

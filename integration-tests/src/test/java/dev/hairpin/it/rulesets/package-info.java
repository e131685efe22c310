/** Random rules and random packets: what the tracer says of them, and what the kernel does. */
package dev.hairpin.it.rulesets;

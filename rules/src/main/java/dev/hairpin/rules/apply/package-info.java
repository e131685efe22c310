/**
 * The only part of this module that touches the host: reads and changes the kernel's rules, forgets
 * connections, and sets sysctls. Each is small, and behind an interface or a path that tests can
 * replace.
 */
package dev.hairpin.rules.apply;

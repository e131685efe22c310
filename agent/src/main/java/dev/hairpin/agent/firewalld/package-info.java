/** firewalld, asked over D-Bus. */
package dev.hairpin.agent.firewalld;

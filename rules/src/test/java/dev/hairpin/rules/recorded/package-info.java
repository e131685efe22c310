/**
 * What a real dockerd 20.10.24 wrote, as recorded: its state as a {@link
 * dev.hairpin.rules.binding.DesiredState}, and the rules and answers that it led to.
 */
package dev.hairpin.rules.recorded;

/** Whether the kernel takes our rules as we mean them. */
package dev.hairpin.it.rules;

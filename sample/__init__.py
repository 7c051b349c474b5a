"""A sample company for the demo and for trying the imports: invented, lifelike on any day, the same for the same day.

`files.files(on)` and `files.write(folder, on)` give what the imports read, `story.story(on)` what the demo does with
it, `statements.intended_payments(on)` the truth about every bank entry. Nothing here reads the clock: `on` is the
date the sample is seen on.
"""

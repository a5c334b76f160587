"""The literal table of lessons, in the order in which they are best read."""

from tapetum.lessons.entry import Lesson

LESSONS: dict[str, Lesson] = {
    lesson.key: lesson
    for lesson in (
        Lesson(
            "logistic-regression",
            "A classifier whose weights are a picture",
            "The weights of two corners and of zeros and ones, and what each pixel adds to a verdict.",
        ),
        Lesson(
            "convolution-by-hand",
            "Convolution by hand",
            "A window slides over numbers, multiplies and adds; and why that suits pictures.",
        ),
        Lesson(
            "digits-by-hand",
            "A network that nobody trained",
            "Kernels and filters written down by a person tell handwritten ones from twos.",
        ),
        Lesson(
            "lines",
            "Kernels become edge detectors",
            "A small network learns to tell horizontal from vertical lines, and its kernels are filmed.",
        ),
        Lesson(
            "smiles",
            "A small network learns to tell pictures apart, and is looked into",
            "From a file of pictures to a network, its scores and mistakes, its layers and where it looks.",
            takes_data=True,
        ),
        Lesson(
            "shortcuts",
            "Right for the wrong reason",
            "Networks that learn the weather, the water and the verge instead of the thing; and what tells.",
        ),
        Lesson(
            "journey",
            "From the pixels to the verdict",
            "A photograph travels through a network that knows 1000 things; every stage is shown.",
        ),
        Lesson(
            "what-it-wants",
            "What the units of a network look for",
            "Pictures made for single units and classes, beside the photographs that drive them most.",
        ),
        Lesson(
            "fooled",
            "A change that nobody sees, and another verdict",
            "The smallest change of a photograph that makes the network name something else.",
        ),
    )
}

no such function (

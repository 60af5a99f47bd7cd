"""The hosted page's sentences, numbers and money, in Persian and English."""

from __future__ import annotations

PERSIAN_DIGITS = str.maketrans("0123456789,", "۰۱۲۳۴۵۶۷۸۹٬")

WORDS = {
    "fa": {
        "brand": "درگاه آزمایشی",
        "brand_note": "محیط آزمایش بازارگاه",
        "notice": "این درگاه واقعی نیست: هیچ پولی جابه‌جا نمی‌شود و شماره کارتی خواسته نمی‌شود.",
        "title": "پرداخت",
        "payable": "مبلغ پرداختی",
        "paid": "مبلغ پرداخت‌شده",
        "for": "بابت",
        "reference": "شماره پیگیری پذیرنده",
        "merchant": "پذیرنده",
        "time_left": "زمان باقی‌مانده",
        "minutes": "دقیقه",
        "less_than_minute": "کمتر از یک دقیقه",
        "pay": "پرداخت",
        "decline": "رد شدن کارت را بیازما",
        "cancel": "انصراف و بازگشت به فروشگاه",
        "declined": "کارت پذیرفته نشد",
        "declined_note": "مبلغی برداشت نشد. می‌توانید دوباره بپردازید یا انصراف دهید.",
        "expired": "زمان پرداخت تمام شد",
        "expired_note": "مبلغی برداشت نشد. برای پرداخت، سفارش را از فروشگاه دوباره آغاز کنید.",
        "complete": "این پرداخت انجام شده است",
        "complete_note": "هر برگه یک بار پرداخت می‌شود؛ چیزی دوباره برداشت نمی‌شود.",
        "back": "بازگشت به فروشگاه",
        "missing": "چنین برگه پرداختی نیست",
        "missing_note": "نشانی را بررسی کنید یا از فروشگاه دوباره آغاز کنید.",
    },
    "en": {
        "brand": "Test gateway",
        "brand_note": "Bazargah sandbox",
        "notice": "This gateway is not real: no money moves, and no card number is asked for.",
        "title": "Payment",
        "payable": "Amount to pay",
        "paid": "Amount paid",
        "for": "For",
        "reference": "Merchant's reference",
        "merchant": "Merchant",
        "time_left": "Time left",
        "minutes": "minutes",
        "less_than_minute": "less than a minute",
        "pay": "Pay",
        "decline": "Try a declined card",
        "cancel": "Cancel and return to the shop",
        "declined": "The card was declined",
        "declined_note": "Nothing was charged. You may pay again or cancel.",
        "expired": "The time to pay is over",
        "expired_note": "Nothing was charged. To pay, start again from your order in the shop.",
        "complete": "This payment has been made",
        "complete_note": "Each page is paid once; nothing is charged again.",
        "back": "Back to the shop",
        "missing": "There is no such payment page",
        "missing_note": "Check the address, or start again from the shop.",
    },
}
TOMAN = {"fa": "تومان", "en": "toman"}
DIVISORS = {"irr": 10, "irt": 1}


def digits(text: str, language: str) -> str:
    return text.translate(PERSIAN_DIGITS) if language == "fa" else text


def money(units: int, currency: str, language: str) -> tuple[str, str]:
    """(number, unit) to show. Rials and tomans as toman, others in hundredths of their unit."""
    if currency in DIVISORS:
        whole, rest = divmod(units, DIVISORS[currency])
        number = f"{whole:,}" + (f".{rest}" if rest else "")
        return digits(number, language), TOMAN[language]
    return digits(f"{units // 100:,}.{units % 100:02d}", language), currency.upper()


def time_left(seconds: int, language: str) -> str:
    """Whole minutes, rounded down; words below one."""
    words = WORDS[language]
    if seconds < 60:
        return words["less_than_minute"]
    return f"{digits(str(seconds // 60), language)} {words['minutes']}"
